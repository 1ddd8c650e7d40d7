import { createSocket, type Socket as Datagrams } from 'node:dgram';
import { connect, isIPv6, type Socket } from 'node:net';
import { hostname } from 'node:os';
import { guarded } from '../boundary/boundary.ts';
import { on, once } from '../boundary/events.ts';
import { ONE_MESSAGE, type Owner } from '../boundary/owner.ts';
import { after, soon } from '../boundary/timers.ts';
import type { AccessLog } from './access-log.ts';
import type { LineBytes } from './line-bytes.ts';

/** Bytes that wait for a peer that does not take them; lines beyond are dropped and counted. */
const MAX_WAITING_BYTES = 1 << 20;
/** Between attempts to connect again: doubled each time, as far as this. */
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 10_000;
const BYTE_ORDER_MARK = '\xef\xbb\xbf';

export interface SyslogOptions {
  readonly network: 'udp' | 'udp4' | 'udp6' | 'tcp' | 'tcp4' | 'tcp6';
  readonly host: string;
  readonly port: number;
  /** `logging.syslog` */
  readonly appName: string;
  /** Bytes of a line that are sent; 0 is all. */
  readonly truncate: number;
}

/** A message in the form of RFC 5424 that gorouter sends: one field short of it (docs/compatibility.md §6.6). Latin-1. */
function syslogMessage(line: string, at: Date, { appName, truncate }: SyslogOptions): string {
  const time = `${at.toISOString().slice(0, 19)}Z`;
  const text = truncate > 0 && line.length > truncate ? line.slice(0, truncate) : line;
  return `<14>1 ${time} ${hostname() || '-'} ${appName} ${process.pid} - ${BYTE_ORDER_MARK}${text}`;
}

/** Streams the access log to a syslog server. Never waits: what it does not take is dropped and counted. */
export function syslog(options: SyslogOptions, onDropped: (lines: number) => void): AccessLog {
  return options.network.startsWith('tcp')
    ? new SyslogStream(options, onDropped)
    : new SyslogDatagrams(options, onDropped);
}

class SyslogDatagrams implements AccessLog {
  readonly #options: SyslogOptions;
  readonly #onDropped: (lines: number) => void;
  readonly #socket: Datagrams;
  readonly #onSent = guarded(ONE_MESSAGE, (error: Error | null) => {
    if (error !== null) this.#onDropped(1);
  });

  constructor(options: SyslogOptions, onDropped: (lines: number) => void) {
    this.#options = options;
    this.#onDropped = onDropped;
    const six = options.network === 'udp6' || (options.network === 'udp' && isIPv6(options.host));
    this.#socket = createSocket(six ? 'udp6' : 'udp4');
    on(this.#socket, 'error', ONE_MESSAGE, () => {});
  }

  write(line: string | LineBytes): void {
    if (this.#socket.getSendQueueSize() > MAX_WAITING_BYTES) {
      this.#onDropped(1);
      return;
    }
    const message = Buffer.from(syslogMessage(String(line), new Date(), this.#options), 'latin1');
    this.#socket.send(message, this.#options.port, this.#options.host, this.#onSent);
  }

  reopen(): void {}

  close(): Promise<void> {
    return new Promise((resolve) => this.#socket.close(guarded(ONE_MESSAGE, resolve)));
  }
}

class SyslogStream implements AccessLog, Owner {
  readonly kind = 'connection';
  readonly #options: SyslogOptions;
  readonly #onDropped: (lines: number) => void;
  #socket: Socket;
  #state: 'connecting' | 'open' | 'pausing' | 'closed' = 'connecting';
  #pause = FIRST_PAUSE_MS;
  #timer: NodeJS.Timeout | undefined;
  /** Lines of this turn, or of the time without a connection. */
  #waiting = '';
  #lines = 0;

  constructor(options: SyslogOptions, onDropped: (lines: number) => void) {
    this.#options = options;
    this.#onDropped = onDropped;
    this.#socket = this.#connect();
  }

  write(line: string | LineBytes): void {
    const held = this.#state === 'open' ? this.#socket.writableLength : 0;
    if (this.#state === 'closed' || held + this.#waiting.length > MAX_WAITING_BYTES) {
      this.#onDropped(1);
      return;
    }
    this.#waiting += `${syslogMessage(String(line), new Date(), this.#options)}\n`;
    if (this.#lines++ === 0) soon(this, () => this.#flush());
  }

  reopen(): void {}

  close(): Promise<void> {
    this.#flush();
    const { promise, resolve } = Promise.withResolvers<void>();
    const wasOpen = this.#state === 'open' && !this.#socket.destroyed;
    this.#state = 'closed';
    clearTimeout(this.#timer);
    if (!wasOpen) {
      if (this.#lines > 0) this.#onDropped(this.#lines);
      this.#socket.destroy();
      return Promise.resolve();
    }
    once(this.#socket, 'close', this, resolve);
    this.#socket.end();
    this.#socket.resume();
    return promise;
  }

  /** It is connected anew; the lines that wait then go there. */
  panic(): void {
    this.#socket.destroy();
  }

  #flush(): void {
    if (this.#state !== 'open' || this.#socket.destroyed || this.#lines === 0) return;
    this.#socket.write(this.#waiting, 'latin1');
    this.#waiting = '';
    this.#lines = 0;
  }

  #connect(): Socket {
    const { host, port, network } = this.#options;
    const family = network === 'tcp4' ? 4 : network === 'tcp6' ? 6 : 0;
    const socket = connect({ host, port, family });
    on(socket, 'connect', this, () => {
      this.#state = 'open';
      this.#pause = FIRST_PAUSE_MS;
      this.#flush();
    });
    // A server says nothing; what it says is not waited for.
    socket.resume();
    on(socket, 'end', this, () => socket.destroy());
    on(socket, 'error', this, () => {});
    on(socket, 'close', this, () => this.#onClose());
    return socket;
  }

  /** Unlike gorouter, which ends its log here, it tries again (docs/compatibility.md §6.6). */
  #onClose(): void {
    if (this.#state === 'closed') return;
    this.#state = 'pausing';
    this.#timer = after(this.#pause, this, () => {
      this.#state = 'connecting';
      this.#socket = this.#connect();
    });
    this.#pause = Math.min(this.#pause * 2, LONGEST_PAUSE_MS);
  }
}
