import type { Backend } from './backend.ts';
import type { Endpoint } from './endpoint.ts';
import type { Seat } from './seat.ts';

/** The endpoints to choose from, and what the algorithms keep with them. `Pool` is one. */
export interface Candidates {
  readonly endpoints: readonly Endpoint[];
  /** The place of round-robin. */
  cursor: number;
  /** `options.hash_balance`: how many times the average load an endpoint may have; 0 is no limit. */
  readonly hashBalance: number;
  /** Places in `endpoints`; `null` while nobody has asked since they last changed. */
  hashTable: Uint16Array | null;
}

/** What is known about backends at this moment, over all threads. `EndpointCells` is one. */
export interface Load {
  inFlight(seat: Seat): number;
  /** Whether as many requests await its response as `backends.max_conns` allows. */
  isFull(seat: Seat): boolean;
  isFailed(seat: Seat, nowSecond: number): boolean;
  clearFailed(seat: Seat): void;
}

/** One attempt of one exchange. */
export interface Attempt {
  readonly load: Load;
  /** Whole seconds of the monotonic clock. */
  readonly nowSecond: number;
  /** Of the endpoints tried by earlier attempts of this exchange, which come last (routing-release#285). */
  readonly tried: readonly Backend[];
  /** The availability zone a first attempt prefers; empty is none. */
  readonly zone: string;
  /** The value of the header that `hash` goes by, one character a byte; other algorithms do without. */
  readonly hashed: string;
  /** Least size of the table that `hash` looks it up in. */
  readonly hashTableSize: number;
  /** Uniform in [0, 1). */
  random(): number;
}

/** Chooses an endpoint for one attempt; `null` when there is none that is not full. Pure but for what the candidates keep. */
export type Balancer = (candidates: Candidates, attempt: Attempt) => Endpoint | null;
