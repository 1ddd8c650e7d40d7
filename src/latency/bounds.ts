import { countedTimes, endOfCell, timeOfCell } from './cells.ts';

/**
 * How many of the times counted in cells are shorter than a bound, milliseconds. Of the cell that it lies in, as many as it
 * has of the cell: so it is the same for all that add up, and never falls while cells only grow.
 */
export function countedBelow(cells: ArrayLike<number>, bound: number): number {
  let below = 0;
  for (let cell = 0; cell < cells.length; cell++) {
    const [begin, end] = [cell === 0 ? 0 : endOfCell(cell - 1), endOfCell(cell)];
    if (end > bound) return Math.floor(below + (cells[cell]! * Math.max(0, bound - begin)) / (end - begin));
    below += cells[cell]!;
  }
  return below;
}

/** The sum of all times counted in cells, milliseconds, as far off as a single one. */
export function sumOfTimes(cells: ArrayLike<number>): number {
  let sum = 0;
  for (let cell = 0; cell < cells.length; cell++) sum += cells[cell]! * timeOfCell(cell);
  return sum;
}

/** What was counted between each of these bounds and the one before it, and beyond all. @param bounds milliseconds, ascending */
export function countedWithin(cells: ArrayLike<number>, bounds: readonly number[]): number[] {
  const below = bounds.map((bound) => countedBelow(cells, bound));
  const within = below.map((count, at) => count - (below[at - 1] ?? 0));
  return [...within, countedTimes(cells) - (below.at(-1) ?? 0)];
}
