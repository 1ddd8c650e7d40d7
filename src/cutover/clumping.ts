/** Of one window: so many of all. */
export interface Count {
  readonly hits: number;
  readonly total: number;
}

/** Fewer windows tell nothing of how they differ. */
const FEWEST = 3;

/**
 * How much more windows of one arm differ in their shares than chance makes them: the part of `p(1 - p)` by which the
 * share of a window varies whatever its size. 0 where they are as alike as requests that have nothing to do with each
 * other; errors that come in bursts make it larger. (The moment estimator of a beta-binomial's correlation.)
 */
export function clumping(windows: readonly Count[]): number {
  const counted = windows.filter(({ total }) => total > 0);
  if (counted.length < FEWEST) return 0;
  const all = sum(counted);
  const share = all.hits / all.total;
  if (share === 0 || share === 1) return 0;
  let squares = 0;
  let chiSquare = 0;
  for (const { hits, total } of counted) {
    squares += total * total;
    chiSquare += (hits - total * share) ** 2 / (total * share * (1 - share));
  }
  return Math.max(0, (chiSquare - (counted.length - 1)) / (all.total - squares / all.total));
}

/**
 * How many requests of so many, from so many windows, say as much as one that has nothing to do with any other. At least 1.
 * @param worth of a window at least, however its requests clump
 */
export function discount(total: number, windows: number, clumping: number, worth: number): number {
  const each = total / Math.max(1, windows);
  return Math.max(1, Math.min(1 + clumping * each, each / worth));
}

function sum(counts: readonly Count[]): Count {
  return counts.reduce((all, { hits, total }) => ({ hits: all.hits + hits, total: all.total + total }));
}
