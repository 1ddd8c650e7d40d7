import { connect, type Socket } from 'node:net';
import { contain } from '../boundary/boundary.ts';
import { on, once } from '../boundary/events.ts';
import type { Owner } from '../boundary/owner.ts';
import { after } from '../boundary/timers.ts';
import { Names } from '../network/names.ts';
import { addressFamily, MAX_WAITING_BYTES, type SyslogOptions } from './syslog-message.ts';
import type { SyslogBatch } from './syslog-relay.ts';

/** Between attempts to connect again: doubled each time, as far as this. */
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 10_000;

/** The router's connection to a syslog server over TCP. Never waits: what the server does not take is dropped and counted. */
export class SyslogStream implements Owner {
  readonly kind = 'connection';
  readonly #options: SyslogOptions;
  readonly #onDropped: (lines: number) => void;
  readonly #names = new Names();
  #socket: Socket;
  #state: 'connecting' | 'open' | 'pausing' | 'closed' = 'connecting';
  #pause = FIRST_PAUSE_MS;
  #timer: NodeJS.Timeout | undefined;
  /** Of the time without a connection, or what could not be written to it. */
  #waiting = '';
  #lines = 0;

  constructor(options: SyslogOptions, onDropped: (lines: number) => void) {
    this.#options = options;
    this.#onDropped = onDropped;
    this.#socket = this.#connect();
  }

  send({ text, lines }: SyslogBatch): void {
    const held = this.#waiting.length + (this.#state === 'open' ? this.#socket.writableLength : 0);
    if (this.#state === 'closed' || held + text.length > MAX_WAITING_BYTES) {
      this.#onDropped(lines);
      return;
    }
    this.#waiting += text;
    this.#lines += lines;
    contain(this, () => this.#flush());
  }

  close(): Promise<void> {
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
    const socket = connect({ host, port, lookup: this.#names.lookUp, family: addressFamily(network) });
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
