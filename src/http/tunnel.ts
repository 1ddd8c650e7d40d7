import type { Owner } from '../boundary/owner.ts';
import { Deadline } from '../time/deadline.ts';
import type { Deadlines } from './deadlines.ts';

type Side = 'client' | 'backend';

/** A client's side of a tunnel. */
export interface TunnelDownstream {
  readonly response: {
    body(bytes: Buffer, start: number, end: number, lent: boolean): void;
    /** Writes what waits; answers whether nothing does any more. */
    flush(): boolean;
  };
  /** Something has passed through; it may be silent for a while again. */
  awaitTunnel(): void;
  /** The other side can take bytes, or more of them, now. */
  resumeRequest(): void;
  /** `waiting`: bytes that the other side has yet to take. */
  pauseRequest(waiting: number): void;
  /** The backend has said all it will. */
  endTunnel(): void;
  /** The backend's side is gone after both ends: what waits is still written. */
  finish(): void;
  /** Lets the client see that its peer was cut off, not that it ended. */
  reset(): void;
}

/** A backend's side of it. */
export interface TunnelUpstream {
  becomeTunnel(tunnel: Tunnel): void;
  /** `bytes` may be kept. */
  sendBody(bytes: Buffer, start: number, end: number): void;
  /** Writes what waits; answers whether nothing does any more. */
  flush(): boolean;
  /** No more of what the backend sends for now. */
  pause(): void;
  resume(): void;
  /** The client has said all it will. */
  endTunnel(): void;
  /** The client's side of the tunnel is gone after both ends: what waits is still written. */
  finish(): void;
  /** Lets the backend see that its peer was cut off, not that it ended. */
  reset(): void;
}

type State =
  | 'open'
  /** One side has ended, and the other does not go on for ever without a word: it may be that nobody is there any more. */
  | 'half-closed'
  /** Both have ended; what waits is still written. */
  | 'ended'
  | 'closed';

/** Of all tunnels of a thread. */
interface Surroundings {
  readonly deadlines: Deadlines;
  readonly now: number;
}

/** Two connections whose peers have switched to a protocol of their own: bytes both ways until both have ended. */
export class Tunnel {
  /** Bytes. */
  fromClientBytes = 0;
  fromBackendBytes = 0;
  readonly #context: Surroundings;
  readonly #downstream: TunnelDownstream & Owner;
  readonly #upstream: TunnelUpstream;
  readonly #onClosed: () => void;
  /** While one side alone may still say something, and does not. */
  readonly #silence: Deadline;
  #state: State = 'open';

  constructor(
    context: Surroundings,
    downstream: TunnelDownstream & Owner,
    upstream: TunnelUpstream,
    onClosed: () => void,
  ) {
    this.#context = context;
    this.#silence = new Deadline(downstream, () => this.#onSilence());
    this.#downstream = downstream;
    this.#upstream = upstream;
    this.#onClosed = onClosed;
  }

  fromClient(bytes: Buffer, start: number, end: number): void {
    this.fromClientBytes += end - start;
    if (this.#state === 'half-closed') this.#listen();
    this.#upstream.sendBody(bytes, start, end);
  }

  fromBackend(bytes: Buffer, start: number, end: number): void {
    this.fromBackendBytes += end - start;
    this.#downstream.awaitTunnel();
    if (this.#state === 'half-closed') this.#listen();
    this.#downstream.response.body(bytes, start, end, true);
  }

  /** One side does not keep up with the other, or does again. `waiting`: bytes that the backend's has yet to take. */
  full(side: Side, waiting = 0): void {
    if (side === 'client') this.#upstream.pause();
    else this.#downstream.pauseRequest(waiting);
  }

  drained(side: Side): void {
    if (side === 'client') this.#upstream.resume();
    else this.#downstream.resumeRequest();
  }

  /** One side has said all it will; the other may go on. */
  ended(side: Side): void {
    this.#end();
    if (side === 'client') this.#upstream.endTunnel();
    else this.#downstream.endTunnel();
  }

  #end(): void {
    if (this.#state === 'open') {
      this.#state = 'half-closed';
      this.#listen();
    } else if (this.#state === 'half-closed') {
      this.#state = 'ended';
      this.#silence.disarm();
    }
  }

  #listen(): void {
    this.#context.deadlines.halfClosedTunnel.arm(this.#silence, this.#context.now);
  }

  #onSilence(): void {
    // Whoever takes long to read what was said has not been silent.
    const isWritten = this.#downstream.response.flush() && this.#upstream.flush();
    if (!isWritten) {
      this.#listen();
      return;
    }
    this.giveUp();
    this.#downstream.reset();
    this.#upstream.reset();
    this.#onClosed();
  }

  /** One side's connection is gone, cut off or after both ends; the other's goes the same way. */
  closed(side: Side, cutOff: boolean): void {
    if (this.#state === 'closed') return;
    this.giveUp();
    const other = side === 'client' ? this.#upstream : this.#downstream;
    if (cutOff) other.reset();
    else other.finish();
    this.#onClosed();
  }

  /** After a fault of our own on the backend's side: the exchange is given up, and with it both sides. */
  panic(error: unknown): void {
    this.giveUp();
    this.#downstream.panic(error);
  }

  /** Nobody hears of its end any more. */
  giveUp(): void {
    this.#state = 'closed';
    this.#silence.disarm();
  }
}
