/** So many at once, and so many a second from then on. */
export class TokenBucket {
  readonly #burst: number;
  readonly #perSecond: number;
  readonly #most: number;
  #left: number;
  #filledAt: number;

  /** `now` here and below: milliseconds of one monotonic clock. `credit`: what may be given back beyond the burst. */
  constructor(burst: number, perSecond: number, now: number, credit = 0) {
    this.#burst = burst;
    this.#perSecond = perSecond;
    this.#most = burst + credit;
    this.#left = burst;
    this.#filledAt = now;
  }

  /** Takes as many as there are; `false` when they were too few. A negative count gives back, up to the burst and the credit. */
  take(count: number, now: number): boolean {
    this.#left = Math.min(this.#most, this.#filled(now) - count);
    this.#filledAt = now;
    if (this.#left >= 0) return true;
    this.#left = 0;
    return false;
  }

  isFull(now: number): boolean {
    return this.#filled(now) >= this.#burst;
  }

  /** Time fills it up to the burst, and takes nothing of what is beyond. */
  #filled(now: number): number {
    if (this.#left >= this.#burst) return this.#left;
    return Math.min(this.#burst, this.#left + ((now - this.#filledAt) / 1000) * this.#perSecond);
  }
}
