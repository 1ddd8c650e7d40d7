/** Between two ticks. Milliseconds. */
export const RATE_INTERVAL_MS = 5000;

const MINUTES = [1, 5, 15] as const;
const WEIGHTS = MINUTES.map((minutes) => 1 - Math.exp(-RATE_INTERVAL_MS / 60_000 / minutes));

/** A counter's increase per second, averaged over the last 1, 5 and 15 minutes with less and less weight (docs/compatibility.md §6.3). */
export class Rate {
  #counted = 0;
  #averages: readonly [number, number, number] | null = null;

  /** To be told every `RATE_INTERVAL_MS` what the counter is. */
  tick(count: number): void {
    const now = (count - this.#counted) / (RATE_INTERVAL_MS / 1000);
    this.#counted = count;
    const before = this.#averages ?? [now, now, now];
    const [one, five, fifteen] = before.map((average, at) => average + WEIGHTS[at]! * (now - average));
    this.#averages = [one!, five!, fifteen!];
  }

  get perSecond(): readonly [number, number, number] {
    return this.#averages ?? [0, 0, 0];
  }
}
