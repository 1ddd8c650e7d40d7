import { median, percentile } from '../statistics.ts';

/** Cellgate's cost against one reference: a ratio per round. */
export interface Comparison {
  readonly reference: string;
  /** When all was well. */
  readonly recorded: readonly number[];
  readonly now: readonly number[];
}

export interface Change {
  readonly reference: string;
  /** Median ratios. */
  readonly recorded: number;
  readonly now: number;
  /** Now over recorded, and the least it is in all likelihood; NaN where there is too little to tell. */
  readonly factor: number;
  readonly least: number;
}

export type Decision = 'as good' | 'worse' | 'undecided';

/** Rounds below which nothing is said. */
export const LEAST_ROUNDS = 5;
/** In so many of a thousand resamplings the change must be beyond the tolerance. */
const CONFIDENCE = 995;
const RESAMPLINGS = 1000;

/** How a ratio has changed, as far as the scatter of both its measurements lets one say. */
export function changeOf({ reference, recorded, now }: Comparison): Change {
  const medians = { recorded: median(recorded), now: median(now) };
  const factor = medians.now / medians.recorded;
  if (Math.min(recorded.length, now.length) < LEAST_ROUNDS) {
    return { reference, ...medians, factor, least: Number.NaN };
  }
  const random = randomNumbers();
  const factors = Array.from(
    { length: RESAMPLINGS },
    () => median(resample(now, random)) / median(resample(recorded, random)),
  );
  return { reference, ...medians, factor, least: percentile(factors, 100 - CONFIDENCE / 10) };
}

/**
 * Worse only when it is so against every reference: what is ours shows against all of them, and one that got faster,
 * or was lucky, is no fault of ours. `tolerance` is the share by which a ratio may be worse.
 */
export function decide(changes: readonly Change[], tolerance: number): Decision {
  const told = changes.filter(({ least }) => !Number.isNaN(least));
  if (told.length === 0) return 'undecided';
  return told.every(({ least }) => least > 1 + tolerance) ? 'worse' : 'as good';
}

function resample(values: readonly number[], random: () => number): number[] {
  return values.map(() => values[Math.floor(random() * values.length)]!);
}

/** The same series each time, so that the same measurements lead to the same decision (mulberry32). */
function randomNumbers(): () => number {
  let state = 1;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
