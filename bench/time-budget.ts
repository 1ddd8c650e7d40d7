/** What a run, or one scenario of it, may take. Times are milliseconds of one clock. */
export class TimeBudget {
  static readonly ENDLESS = new TimeBudget(Number.POSITIVE_INFINITY, () => 0);

  readonly #end: number;
  readonly #now: () => number;

  /** @param end infinite: as long as it takes */
  constructor(end: number, now: () => number) {
    this.#end = end;
    this.#now = now;
  }

  /** Whether something that takes so many seconds would be over in time. */
  hasRoomFor(seconds: number): boolean {
    return this.#now() + seconds * 1000 <= this.#end;
  }

  /** Seconds that are left at most. */
  get left(): number {
    return Math.max(0, this.#end - this.#now()) / 1000;
  }

  /** Of what is left, the share of one that is planned for `seconds`, of `left` planned for it and all that come later. */
  shareOf(seconds: number, left: number): TimeBudget {
    const now = this.#now();
    if (this.#end === Number.POSITIVE_INFINITY) return this;
    return new TimeBudget(now + (Math.max(0, this.#end - now) * seconds) / left, this.#now);
  }
}
