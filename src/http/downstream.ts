import type { Owner } from '../boundary/owner.ts';
import type { BodyLength } from './message/framing.ts';
import type { Head } from './message/head.ts';
import type { Request } from './message/request.ts';
import type { ClientFacts } from './policy/client-facts.ts';
import type { Tunnel } from './tunnel.ts';

/** Where a response goes, whatever version of HTTP the client speaks. Texts are HTTP/1.1 heads in Latin-1. */
export interface ResponseSink {
  /** A whole 1xx. */
  interim(text: string): void;
  /**
   * `lines`: status line and header lines without framing. `statedLength`: the Content-Length of a response that by
   * its nature has no body, or `ABSENT`. `mayPersist`: nothing but the response itself speaks against going on.
   */
  head(
    lines: string,
    status: number,
    bodyLength: BodyLength,
    statedLength: number,
    mayPersist: boolean,
  ): void;
  /** `lent`: the bytes are only good until this call ends; others until `flush` answers, or `true` if it does so. */
  body(bytes: Buffer, start: number, end: number, lent: boolean): void;
  /** Writes what waits; answers whether all bytes there were have been taken or copied. */
  flush(): boolean;
  end(trailers: Head | null): void;
  /** An answer made by the router, its framing included in `lines`. */
  whole(lines: string, body: string, mayPersist: boolean): void;
}

/** A client's side of a tunnel. */
export interface TunnelDownstream {
  readonly response: Pick<ResponseSink, 'body'>;
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

/** The client's side of an exchange. */
export interface Downstream extends TunnelDownstream, Owner {
  readonly client: ClientFacts;
  readonly head: Head;
  readonly request: Request;
  readonly response: ResponseSink;
  /** The protocol the request asks to switch to, or `null`. */
  readonly upgradeTo: string | null;
  /** Whether all of the request's body has arrived. */
  readonly requestComplete: boolean;
  /** Whether, as far as the client's side goes, another request may come after this one. */
  readonly mayPersist: boolean;
  /** The response cannot be completed, and the client must see that. */
  abort(): void;
  /** A fault of our own: nothing more is served of this, and nobody else is hurt. */
  panic(error: unknown): void;
  destroy(): void;
  /** The exchange is over and the response complete. */
  exchangeDone(): void;
  /** `head`: a whole 101. Only asked of one with an `upgradeTo`. */
  becomeTunnel(tunnel: Tunnel, head: string): void;
}
