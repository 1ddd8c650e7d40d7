type Side = 'client' | 'backend';

/** A client's side of a tunnel. */
export interface TunnelDownstream {
  readonly response: { body(bytes: Buffer, start: number, end: number, lent: boolean): void };
  /** Something has passed through; it may be silent for a while again. */
  awaitTunnel(): void;
  /** The other side can take bytes, or more of them, now. */
  resumeRequest(): void;
  pauseRequest(): void;
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

/** Two connections whose peers have switched to a protocol of their own: bytes both ways until both have ended. */
export class Tunnel {
  readonly #downstream: TunnelDownstream;
  readonly #upstream: TunnelUpstream;
  readonly #onClosed: () => void;
  #state: 'open' | 'closed' = 'open';

  constructor(downstream: TunnelDownstream, upstream: TunnelUpstream, onClosed: () => void) {
    this.#downstream = downstream;
    this.#upstream = upstream;
    this.#onClosed = onClosed;
  }

  fromClient(bytes: Buffer, start: number, end: number): void {
    this.#upstream.sendBody(bytes, start, end);
  }

  fromBackend(bytes: Buffer, start: number, end: number): void {
    this.#downstream.awaitTunnel();
    this.#downstream.response.body(bytes, start, end, true);
  }

  /** One side does not keep up with the other, or does again. */
  full(side: Side): void {
    if (side === 'client') this.#upstream.pause();
    else this.#downstream.pauseRequest();
  }

  drained(side: Side): void {
    if (side === 'client') this.#upstream.resume();
    else this.#downstream.resumeRequest();
  }

  /** One side has said all it will; the other may go on. */
  ended(side: Side): void {
    if (side === 'client') this.#upstream.endTunnel();
    else this.#downstream.endTunnel();
  }

  /** One side's connection is gone, cut off or after both ends; the other's goes the same way. */
  closed(side: Side, cutOff: boolean): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    const other = side === 'client' ? this.#upstream : this.#downstream;
    if (cutOff) other.reset();
    else other.finish();
    this.#onClosed();
  }
}
