/** Attempts beyond the limit that may be made at once, and how many requests earn another one. */
const MOST = 20;
const REQUESTS_PER_ATTEMPT = 5;

/**
 * What a thread may spend on attempts beyond `backends.max_attempts`: enough for a few stale endpoints, too little for
 * requests to become a storm when everything is down (gorouter#181).
 */
export class RetryBudget {
  #left = MOST;
  #requests = 0;

  /** Spends one, if there is one. `requests`: all that this thread has had so far. */
  take(requests: number): boolean {
    this.#left = Math.min(MOST, this.#left + (requests - this.#requests) / REQUESTS_PER_ATTEMPT);
    this.#requests = requests;
    if (this.#left < 1) return false;
    this.#left--;
    return true;
  }
}
