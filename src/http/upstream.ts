import type { BodyEncoding } from './message/framing.ts';
import type { Head } from './message/head.ts';
import type { OutgoingHead } from './message/head-sink.ts';
import type { Response } from './message/response.ts';
import type { FailureClass } from './policy/failure.ts';
import type { TunnelUpstream } from './tunnel.ts';

/** What making a connection took, as its socket told. Milliseconds of the monotonic clock; -1 when it did not happen. */
export interface DialTimes {
  readonly dialedAt: number;
  readonly lookedUpAt: number;
  readonly connectedAt: number;
  readonly securedAt: number;
  /** `ip:port` of the router's side; empty when unknown. */
  readonly localAddress: string;
}

/**
 * The backend's side of an exchange, whatever version of HTTP the backend speaks. What comes back is told to the listener that has claimed it.
 */
export interface Upstream {
  readonly times: DialTimes;
  /** Whether an exchange has gone over its connection before the present one. */
  readonly reused: boolean;
  /** Whether it takes a request at once; else the listener hears when it does, or that it never will. */
  readonly isReady: boolean;
  claim(listener: UpstreamListener): void;
  /** Whether the backend has answered nobody since then: it hangs as a whole, rather than over one request. */
  backendIsSilentSince(at: number): boolean;
  /**
   * Begins a request; its head is written at once. `encoding` is that of its body. `toHead`: it is a HEAD. `last`: the head says that no other
   * request follows on the connection.
   */
  send(head: OutgoingHead, encoding: BodyEncoding, toHead: boolean, last: boolean): void;
  /** `bytes` may be kept. */
  sendBody(bytes: Buffer, start: number, end: number): void;
  /** Writes what waits; answers whether it holds none of the bytes any more. */
  flush(): boolean;
  endRequest(trailers: Head | null): void;
  /** No more of the response for now. */
  pause(): void;
  resume(): void;
  /** The exchange is over for this side; its connection is kept if it can be trusted. */
  release(): void;
  /** The rest of the response is not wanted, or cannot be had. */
  destroy(): void;
}

/** Who has claimed an upstream: what becomes of the request. */
export interface UpstreamListener {
  readonly requestId: string;
  /** It takes a request from now on. */
  onUpstreamReady(): void;
  /** The backend does not speak what the connection to it was made for: it is another one that will be ready. */
  onUpstreamMoved(upstream: Upstream): void;
  /** The backend does not keep up with the request, of which so many bytes wait; or does again. */
  onUpstreamFull(waiting: number): void;
  onUpstreamDrain(): void;
  onInterim(head: Head, response: Response): void;
  onResponseHead(head: Head, response: Response): void;
  /** `lent`: the bytes are only good until this call ends; others until `flushResponse` answers `true`. */
  onResponseBody(bytes: Buffer, start: number, end: number, lent: boolean): void;
  /** Writes what waits for the client; answers whether all bytes there were have been taken or copied. */
  flushResponse(): boolean;
  onResponseEnd(trailers: Head | null): void;
  onSwitchingProtocols(head: Head, response: Response, upstream: TunnelUpstream): void;
  /** There will be no response, or no more of it. */
  onUpstreamFailed(failure: FailureClass, cause: string): void;
  /** A fault of our own on the way of one of these: the exchange is given up, and nobody else is hurt. */
  panic(error: unknown): void;
}
