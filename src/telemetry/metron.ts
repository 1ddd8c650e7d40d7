import { createSocket, type Socket, type SocketOptions } from 'node:dgram';
import { isIPv6 } from 'node:net';
import { guarded } from '../boundary/boundary.ts';
import { on } from '../boundary/events.ts';
import type { Owner } from '../boundary/owner.ts';
import { after } from '../boundary/timers.ts';
import { Names } from '../network/names.ts';

/** Bytes that wait to be sent; envelopes beyond are dropped and counted. */
const MAX_WAITING_BYTES = 1 << 20;
/** How long nothing is sent after the kernel has said that nobody listens. */
const PAUSE_MS = 1000;
/** How long the kernel has to say so of one that asks; it takes a turn of the loop here, a round trip elsewhere. */
const ANSWER_MS = 50;

export interface MetronAddress {
  readonly host: string;
  readonly port: number;
}

type State =
  /** Its name is being looked up. */
  | 'connecting'
  | 'open'
  /** Nobody listens there, or its name is unknown: it is tried again after a while. */
  | 'pausing'
  /** One envelope is on its way to find out: a whole batch that nobody takes would hold up whoever shares a core, each second. */
  | 'asking'
  | 'closed';

export interface MetronEvents {
  /** An envelope could not be sent. */
  onDropped(): void;
  /** `listens` is another. */
  onChange?(): void;
}

/**
 * Sends envelopes to Loggregator's agent, a datagram each. A router without one must not suffer: what cannot be sent
 * is counted, no more.
 */
export class Metron implements Owner {
  readonly kind = 'connection';
  readonly #address: MetronAddress;
  readonly #events: MetronEvents;
  readonly #socket: Socket;
  readonly #onSent = guarded(this, (error: Error | null): void => {
    if (error === null) return;
    this.#events.onDropped();
    this.#pause();
  });
  readonly #onAsked = guarded(this, (error: Error | null): void => {
    if (error !== null) this.#pause();
  });
  /** One that cannot be sent holds up no other. */
  readonly #send = guarded<[Buffer, boolean]>(
    { kind: 'message', panic: () => this.#events.onDropped() },
    (envelope, isLast) => this.#sendNow(envelope, isLast),
  );
  #state: State = 'connecting';
  #isConnected = false;
  /** Made before the address was known. */
  #early: Buffer[] = [];
  #earlyBytes = 0;
  /** The last one of a batch: what asks is of use to who listens again. It counts as dropped all the same. */
  #latest: Buffer | null = null;
  #timer: NodeJS.Timeout | undefined;

  constructor(address: MetronAddress, events: MetronEvents) {
    this.#address = address;
    this.#events = events;
    const type = isIPv6(address.host) ? 'udp6' : 'udp4';
    this.#socket = createSocket({ type, lookup: new Names().lookUp as SocketOptions['lookup'] });
    on(this.#socket, 'error', this, () => this.#pause());
    this.#socket.unref();
    this.#connect();
  }

  /** Whether it is worth while to make envelopes. Those that are not made count as dropped all the same. */
  get listens(): boolean {
    return this.#state !== 'pausing' && this.#state !== 'asking';
  }

  /** Whether the kernel has all that was sent, so that the memory it lies in may be used again. */
  get isIdle(): boolean {
    return this.#socket.getSendQueueCount() === 0;
  }

  send(envelope: Buffer): void {
    this.#send(envelope, true);
  }

  /** The same, in order. Of most of them the kernel's answer is not waited for: that of the last one tells. */
  sendAll(envelopes: readonly Buffer[]): void {
    const last = envelopes.length - 1;
    for (let index = 0; index <= last; index++) this.#send(envelopes[index]!, index === last);
  }

  #sendNow(envelope: Buffer, isLast: boolean): void {
    if (this.#state === 'open' && this.#socket.getSendQueueSize() <= MAX_WAITING_BYTES) {
      if (isLast) {
        // Its memory is used again.
        this.#latest = Buffer.from(envelope);
        this.#socket.send(envelope, this.#onSent);
      } else this.#socket.send(envelope);
    } else if (this.#state === 'connecting' && this.#earlyBytes <= MAX_WAITING_BYTES) {
      // Its memory is used again before it is sent.
      this.#early.push(Buffer.from(envelope));
      this.#earlyBytes += envelope.length;
    } else this.#events.onDropped();
  }

  close(): void {
    this.#state = 'closed';
    clearTimeout(this.#timer);
    this.#socket.close();
  }

  panic(): void {
    // It may have been what was thrown at, or have arrived.
    this.#latest = null;
    this.#pause();
  }

  #connect(): void {
    this.#state = 'connecting';
    const { port, host } = this.#address;
    const onConnected = guarded(this, (error?: Error) => {
      if (this.#state === 'closed') return;
      if (error) this.#pause();
      else this.#open();
    });
    this.#socket.connect(port, host, onConnected as () => void);
  }

  #open(): void {
    this.#isConnected = true;
    this.#state = 'open';
    const early = this.#early;
    this.#early = [];
    this.#earlyBytes = 0;
    for (const envelope of early) this.send(envelope);
  }

  #pause(): void {
    if (this.#state === 'closed' || this.#state === 'pausing') return;
    const isNews = this.#state !== 'asking';
    this.#state = 'pausing';
    if (isNews) this.#events.onChange?.();
    for (const _ of this.#early.splice(0)) this.#events.onDropped();
    this.#earlyBytes = 0;
    clearTimeout(this.#timer);
    this.#timer = after(PAUSE_MS, this, () => this.#tryAgain()).unref();
  }

  #tryAgain(): void {
    const asks = this.#isConnected ? this.#latest : null;
    if (asks !== null) {
      this.#state = 'asking';
      this.#timer = after(ANSWER_MS, this, () => this.#resume()).unref();
      this.#socket.send(asks, this.#onAsked);
    } else this.#resume();
  }

  #resume(): void {
    this.#latest = null;
    if (this.#isConnected) this.#state = 'open';
    else this.#connect();
    this.#events.onChange?.();
  }
}
