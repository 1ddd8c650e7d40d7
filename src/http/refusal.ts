import type { ClientFacts } from './policy/client-facts.ts';

/** What was refused: a connection over a limit, a PROXY header, a TLS handshake, a request, what HTTP/2 has beside them. */
export type Refused = 'connection' | 'proxy-header' | 'tls' | 'http/1.1' | 'http/2';

/** Something that a client has sent and nobody serves, as whoever refused it knows it. */
export interface Refusal {
  readonly what: Refused;
  /** By the name that is counted and logged. */
  readonly reason: string;
  /** A sentence; empty: the name says it all. */
  readonly detail: string;
  /** What was answered; 0: nothing. */
  readonly status: number;
  /** `ip:port` */
  readonly client: string;
  /** That it named in its TLS handshake; empty: none. */
  readonly serverName: string;
  /** What came of the head, Latin-1; empty: there is none. */
  readonly head: string;
  /** Of the byte that was wrong, from the head's first one; `NOWHERE`: no one byte is to blame. */
  readonly position: number;
  /** Whether it is a request that had begun, so that its exchange tells of it too. */
  readonly begun: boolean;
}

/** What was read of a request that is refused. */
export interface RefusedText {
  readonly client: ClientFacts;
  /** See `Refusal`. */
  readonly head: string;
  readonly position: number;
  readonly isHttp2: boolean;
  /** Whether the access log is to be told of it here; of a request that had begun its exchange tells. */
  readonly logs: boolean;
}
