/** Of all endpoints: if more would go at once, they go slowly. */
const MOST_ENDPOINTS = 0.3;
/** Of all routes that would lose their last endpoint. */
const MOST_ROUTES = 0.1;
/** Of all endpoints that there were, in each of these times. */
const SLOW_SHARE = 0.05;
const SLOW_MS = 10_000;
/** Rounds that are further apart, as after a pause, let no more go; and of a small table one goes in such a time. */
const LONGEST_MS = 60_000;

/** What nobody has spoken of since the bus came back, and what there is. */
export interface Cliff {
  readonly unconfirmed: number;
  readonly endpoints: number;
  /** Routes that would have nobody left. */
  readonly emptied: number;
  readonly routes: number;
}

type State =
  | { readonly name: 'open' }
  /** `endpoints`: when it began. */
  | { readonly name: 'slow'; readonly endpoints: number; readonly at: number };

/**
 * Keeps a bus that came back without its agents from emptying the table at one stroke: whether they are late or gone,
 * nobody can tell.
 */
export class CliffGuard {
  #state: State = { name: 'open' };

  /** It is letting go slowly. */
  get isSlow(): boolean {
    return this.#state.name === 'slow';
  }

  /** How many may go in this round. @param now milliseconds */
  allow(cliff: Cliff, now: number): number {
    const state = this.#state;
    if (cliff.unconfirmed === 0) {
      this.#state = { name: 'open' };
      return 0;
    }
    if (state.name === 'open') {
      if (!isCliff(cliff)) return cliff.unconfirmed;
      this.#state = { name: 'slow', endpoints: cliff.endpoints, at: now };
      return Math.ceil(cliff.endpoints * SLOW_SHARE);
    }
    const elapsed = Math.min(now - state.at, LONGEST_MS);
    const share = Math.floor((state.endpoints * SLOW_SHARE * elapsed) / SLOW_MS);
    if (share === 0 && elapsed < LONGEST_MS) return 0;
    this.#state = { ...state, at: now };
    return Math.max(share, 1);
  }
}

/** Whether more would go at once than may. */
export function isCliff({ unconfirmed, endpoints, emptied, routes }: Cliff): boolean {
  return unconfirmed > MOST_ENDPOINTS * endpoints || emptied > MOST_ROUTES * routes;
}
