/** The middle value and the quarters around it: half of all values lie between `low` and `high`. */
export interface Spread {
  readonly median: number;
  readonly low: number;
  readonly high: number;
}

/** Middle value; the mean of the two middle ones for an even count; NaN for none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const upper = sorted[sorted.length >> 1] ?? Number.NaN;
  const lower = sorted[(sorted.length - 1) >> 1] ?? Number.NaN;
  return (lower + upper) / 2;
}

export function spread(values: readonly number[]): Spread {
  return { median: median(values), low: percentile(values, 25), high: percentile(values, 75) };
}

/** Nearest-rank percentile; `p` in 0..100; NaN for no values. */
export function percentile(values: readonly number[], p: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const rank = Math.max(1, Math.ceil((p * sorted.length) / 100));
  return sorted[rank - 1] ?? Number.NaN;
}

/** `own` over `theirs`, round by round: on a machine whose speed drifts, only neighbours can be compared. */
export function ratios(own: readonly number[], theirs: readonly number[]): number[] {
  return own.map((value, round) => value / theirs[round]!);
}

/**
 * Adds the samples that a connection held up by a slow answer could not take: one every `interval` while it
 * waited. Without them a stall of a second counts as one slow request instead of all those it delayed
 * (HdrHistogram's correction for coordinated omission). Both arguments in the same unit, `interval` > 0.
 */
export function withOmitted(samples: readonly number[], interval: number): number[] {
  const corrected: number[] = [];
  for (const sample of samples) {
    corrected.push(sample);
    for (let missed = sample - interval; missed >= interval; missed -= interval) corrected.push(missed);
  }
  return corrected;
}
