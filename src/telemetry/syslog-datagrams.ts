import { createSocket, type Socket } from 'node:dgram';
import type { LookupAddress } from 'node:dns';
import { isIP } from 'node:net';
import { guarded } from '../boundary/boundary.ts';
import { on } from '../boundary/events.ts';
import { ONE_MESSAGE, type Owner } from '../boundary/owner.ts';
import { after } from '../boundary/timers.ts';
import { Names } from '../network/names.ts';
import type { AccessLog } from './access-log.ts';
import type { LineBytes } from './line-bytes.ts';
import { addressFamily, MAX_WAITING_BYTES, type SyslogOptions, syslogMessage } from './syslog-message.ts';

/** Until a name is looked up again: after it was found, and after it was not. */
const FOUND_MS = 60_000;
const NOT_FOUND_MS = 1000;

interface Peer {
  readonly address: string;
  readonly socket: Socket;
}

/** One look-up of a name. @param done with null where it was not found */
type LookUp = (host: string, family: 0 | 4 | 6, done: (found: LookupAddress | null) => void) => void;

/**
 * The access log to a syslog server over UDP. Its name is looked up now and then, never for a line: lines wait for no
 * name server but the first time, and then no more than a few.
 */
export class SyslogDatagrams implements AccessLog, Owner {
  readonly kind = 'connection';
  readonly #options: SyslogOptions;
  readonly #onDropped: (lines: number) => void;
  readonly #lookUp: LookUp;
  #state: 'open' | 'closed' = 'open';
  /** `null`: the name has not been found yet. */
  #peer: Peer | null = null;
  /** Until then. */
  #early: Buffer[] = [];
  /** Of those that wait for the name, and of those that the socket has not sent. */
  #waitingBytes = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    options: SyslogOptions,
    onDropped: (lines: number) => void,
    lookUp: LookUp = lookUpIn(new Names()),
  ) {
    this.#options = options;
    this.#onDropped = onDropped;
    this.#lookUp = lookUp;
    this.#find();
  }

  write(line: string | LineBytes): void {
    if (this.#state === 'closed' || this.#waitingBytes > MAX_WAITING_BYTES) {
      this.#onDropped(1);
      return;
    }
    const message = Buffer.from(syslogMessage(line, new Date(), this.#options), 'latin1');
    this.#waitingBytes += message.length;
    if (this.#peer === null) this.#early.push(message);
    else this.#send(message, this.#peer);
  }

  reopen(): void {}

  close(): Promise<void> {
    this.#state = 'closed';
    clearTimeout(this.#timer);
    if (this.#early.length > 0) this.#onDropped(this.#early.length);
    this.#early = [];
    const socket = this.#peer?.socket;
    if (socket === undefined) return Promise.resolve();
    return new Promise((resolve) => socket.close(guarded(ONE_MESSAGE, resolve)));
  }

  /** What has come of the name is lost; it is looked up again. */
  panic(): void {
    this.#findAfter(NOT_FOUND_MS);
  }

  #send(message: Buffer, { socket, address }: Peer): void {
    const onSent = guarded(ONE_MESSAGE, (error: Error | null) => {
      this.#waitingBytes -= message.length;
      if (error !== null) this.#onDropped(1);
    });
    socket.send(message, this.#options.port, address, onSent);
  }

  #find(): void {
    const { host, network } = this.#options;
    this.#lookUp(
      host,
      addressFamily(network),
      guarded(this, (found: LookupAddress | null) => this.#onFound(found)),
    );
  }

  #onFound(found: LookupAddress | null): void {
    if (this.#state === 'closed') return;
    if (found !== null && found.address !== this.#peer?.address) this.#adopt(found);
    // While a name server is away, what was known is still good.
    if (isIP(this.#options.host) === 0) this.#findAfter(found === null ? NOT_FOUND_MS : FOUND_MS);
  }

  #adopt({ address, family }: LookupAddress): void {
    this.#peer?.socket.close();
    const socket = createSocket(family === 6 ? 'udp6' : 'udp4');
    on(socket, 'error', ONE_MESSAGE, () => {});
    this.#peer = { address, socket };
    for (const message of this.#early.splice(0)) this.#send(message, this.#peer);
  }

  #findAfter(milliseconds: number): void {
    this.#timer = after(milliseconds, this, () => this.#find()).unref();
  }
}

function lookUpIn(names: Names): LookUp {
  return (host, family, done) =>
    names.lookUp(host, { family, all: true }, (_, found) => done((found as LookupAddress[])[0] ?? null));
}
