import type { Owner } from '../boundary/owner.ts';
import type { Pool } from '../routing/pool.ts';
import type { Head } from './message/head.ts';
import type { OutgoingHead } from './message/head-sink.ts';
import type { Request } from './message/request.ts';
import type { Response } from './message/response.ts';
import type { ClientFacts } from './policy/client-facts.ts';
import type { EndpointTexts } from './policy/endpoint-texts.ts';
import type { Answer } from './policy/router-error.ts';
import type { Tunnel, TunnelDownstream } from './tunnel.ts';

/** Where a response goes, whatever version of HTTP the client speaks. Heads are written at once. */
export interface ResponseSink {
  /** A whole 1xx. */
  interim(head: OutgoingHead): void;
  /** `head`: that of `response`, without framing. `mayPersist`: nothing but the response itself speaks against going on. */
  head(head: OutgoingHead, response: Response, mayPersist: boolean): void;
  /** `lent`: the bytes are only good until this call ends; others until `flush` answers, or `true` if it does so. */
  body(bytes: Buffer, start: number, end: number, lent: boolean): void;
  /** Writes what waits; answers whether all bytes there were have been taken or copied. */
  flush(): boolean;
  end(trailers: Head | null): void;
  /** An answer made by the router, its Content-Length among its lines. */
  whole(answer: Answer, mayPersist: boolean): void;
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
  destroy(): void;
  /** The exchange is over and the response complete. */
  exchangeDone(): void;
  /** `head`: a 101. Only asked of one with an `upgradeTo`. */
  becomeTunnel(tunnel: Tunnel, head: OutgoingHead): void;
}

/** Who serves the requests of a downstream, one after the other: what becomes of the client's side. */
export interface DownstreamListener {
  /** Whether request body bytes can go on to a backend now. */
  readonly takesBody: boolean;
  readonly isResponding: boolean;
  /** A request head has been read. */
  begin(): void;
  onRequestBody(bytes: Buffer, start: number, end: number): void;
  /** Writes what there is of the request; answers whether nobody holds its bytes any more. */
  flushRequest(): boolean;
  onRequestEnd(trailers: Head | null): void;
  /** The client does not keep up with the response, or does again. */
  onDownstreamFull(): void;
  onDownstreamDrain(): void;
  /** The client's side is over before the response is. Answers whether the response had begun. */
  cancel(cause: string, status: number): boolean;
  /** Empty: there is no request. */
  readonly requestId: string;
  readonly account: UnderWay;
  /** A fault of our own: only this exchange is given up. */
  giveUp(): void;
}

/** What is known of the request that is being served. */
interface UnderWay {
  /** Monotonic milliseconds. */
  readonly receivedAt: number;
  /** What was answered; 0: nothing yet. */
  readonly status: number;
  /** Of the route; null: none is found yet. */
  readonly pool: Pool | null;
  /** Of bodies; a tunnel counts for itself. */
  readonly requestBytes: number;
  readonly responseBytes: number;
  /** Of the endpoint that has it; null: none yet. */
  readonly texts: EndpointTexts | null;
}

/** The client's side together with who serves it. */
export interface ServedDownstream extends Downstream {
  readonly exchange: DownstreamListener;
  /** Null: the two sides speak HTTP. */
  readonly tunnel: Tunnel | null;
}

/** Makes the one for a connection, or a stream, of a client. */
export type ServeDownstream = (downstream: Downstream) => DownstreamListener;
