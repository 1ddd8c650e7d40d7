/** So many at once, and so many a second from then on. */
export class TokenBucket {
  readonly #burst: number;
  readonly #perSecond: number;
  #left: number;
  #filledAt: number;

  /** `now` here and below: milliseconds of one monotonic clock. */
  constructor(burst: number, perSecond: number, now: number) {
    this.#burst = burst;
    this.#perSecond = perSecond;
    this.#left = burst;
    this.#filledAt = now;
  }

  /** Takes as many as there are; `false` when they were too few. A negative count gives back, up to the burst. */
  take(count: number, now: number): boolean {
    const filled = this.#left + ((now - this.#filledAt) / 1000) * this.#perSecond;
    this.#filledAt = now;
    this.#left = Math.min(this.#burst, Math.min(this.#burst, filled) - count);
    if (this.#left >= 0) return true;
    this.#left = 0;
    return false;
  }
}
