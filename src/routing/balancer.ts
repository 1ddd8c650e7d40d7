import type { Endpoint } from './endpoint.ts';

/** The endpoints to choose from, and the place round-robin keeps in them. `Pool` is one. */
export interface Candidates {
  readonly endpoints: readonly Endpoint[];
  cursor: number;
}

/** What is known about backends at this moment, over all threads. `EndpointCells` is one. */
export interface Load {
  inFlight(slot: number): number;
  isFailed(slot: number, nowSecond: number): boolean;
  clearFailed(slot: number): void;
}

/** One attempt of one exchange. */
export interface Attempt {
  readonly load: Load;
  /** Whole seconds of the monotonic clock. */
  readonly nowSecond: number;
  /** Endpoints tried by earlier attempts of this exchange; they come last (routing-release#285). */
  readonly tried: readonly Endpoint[];
  /** Uniform in [0, 1). */
  random(): number;
}

/** Chooses an endpoint for one attempt; `null` only when there is none. Pure but for the candidates' cursor. */
export type Balancer = (candidates: Candidates, attempt: Attempt) => Endpoint | null;
