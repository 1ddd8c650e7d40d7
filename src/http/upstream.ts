import type { DialTimes } from './attempt-times.ts';
import type { BodyEncoding } from './connection/body-writer.ts';
import type { Exchange } from './exchange.ts';
import type { Head } from './message/head.ts';
import type { Tunnel } from './tunnel.ts';

/**
 * The backend's side of an exchange, whatever version of HTTP the backend speaks. Texts are HTTP/1.1 heads in Latin-1.
 * What comes back is told to the exchange that has claimed it.
 */
export interface Upstream {
  readonly times: DialTimes;
  /** Whether an exchange has gone over its connection before the present one. */
  readonly reused: boolean;
  /** Whether it takes a request at once; else the exchange hears when it does, or that it never will. */
  readonly isReady: boolean;
  claim(exchange: Exchange): void;
  /** Whether the backend has answered nobody since then: it hangs as a whole, rather than over one request. */
  backendIsSilentSince(at: number): boolean;
  /**
   * Begins a request. `encoding` is that of its body. `toHead`: it is a HEAD. `last`: the head says that no other
   * request follows on the connection.
   */
  send(head: string, encoding: BodyEncoding, toHead: boolean, last: boolean): void;
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

/** One whose connection can become the two peers' own. */
export interface TunnelUpstream extends Pick<Upstream, 'sendBody' | 'pause' | 'resume'> {
  becomeTunnel(tunnel: Tunnel): void;
  /** The client has said all it will. */
  endTunnel(): void;
  /** The client's side of the tunnel is gone after both ends: what waits is still written. */
  finish(): void;
  /** Lets the backend see that its peer was cut off, not that it ended. */
  reset(): void;
}
