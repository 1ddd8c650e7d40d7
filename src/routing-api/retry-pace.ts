/** cf-tcp-router's own pace (docs/compatibility.md §7.3): after an outage events are back within it. */
const LONGEST_MS = 5000;
/** Of the pause, at least, where the attempt itself has taken most of it. */
const LEAST_REST = 1 / 5;
/** A stream that lived so long was no failure. */
const HEALTHY_MS = 30_000;

/** When a stream of events is opened again: after the interval, and twice as long after each further failure. */
export class RetryPace {
  readonly #interval: number;
  #pause = 0;

  /** @param interval milliseconds; a longer one than the longest pause is kept to */
  constructor(interval: number) {
    this.#interval = interval;
  }

  /**
   * Milliseconds from the end of an attempt to the next. @param taken milliseconds from its beginning to its end
   * @param opened whether there was a stream
   */
  restAfter(taken: number, opened: boolean): number {
    const longer = Math.min(this.#pause * 2, Math.max(LONGEST_MS, this.#interval));
    const isFirst = this.#pause === 0 || (opened && taken > HEALTHY_MS);
    this.#pause = isFirst ? this.#interval : longer;
    // While nobody answered the other side may have come back.
    return opened ? this.#pause : Math.max(this.#pause - taken, this.#pause * LEAST_REST);
  }
}
