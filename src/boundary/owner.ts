/** What is given up, from the smallest to the largest. */
export type OwnerKind =
  /** One HTTP/2 stream, one exchange of a connection. */
  | 'stream'
  | 'exchange'
  /** A socket and all that goes over it: of a client, of a backend, of a peer of ours. */
  | 'connection'
  /** One message of the bus, of another thread, of an API; one request for a page. */
  | 'message'
  /** One run of something that is done again and again. */
  | 'round'
  /** A part of the router that has no smaller piece to give up: a listener, a log, a source of routes. */
  | 'part';

/**
 * Who is given up when a handler of its own throws: the smallest thing that the fault can have hurt. It lets go of
 * all it holds, and nobody else is hurt.
 */
export interface Owner {
  readonly kind: OwnerKind;
  /** The id of the request that is under way, by which its other log lines are found; empty, or absent: none. */
  readonly requestId?: string;
  panic(error: unknown): void;
}

/** For one message, or one round: what it had begun is all that is lost. */
export const ONE_MESSAGE: Owner = { kind: 'message', panic() {} };
export const ONE_ROUND: Owner = { kind: 'round', panic() {} };
