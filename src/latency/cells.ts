/**
 * Times counted in cells that add up over threads and routers: eight to every doubling from 64 µs to 134 s, and one at
 * each end for what is below and beyond. A time that is read off them is at most a seventeenth (5.9 %) off.
 */

/** Numbers a row of cells has. */
export const LATENCY_CELLS = 170;

/** A cell at the lower end of the scale is so wide: 8 µs. */
const UNITS_PER_MS = 125;
const PER_DOUBLING = 8;
const DOUBLINGS = 21;
/** In units: 64 µs, and 134.2 s. */
const LOWEST = 8;
const BEYOND = LOWEST * 2 ** DOUBLINGS;
const LAST = LATENCY_CELLS - 1;
/** Leading zeros of the 32 bits of `LOWEST`. */
const ZEROS_OF_LOWEST = 28;

/** Where a time is counted. What is no time, or negative, counts as none at all. */
export function latencyCell(milliseconds: number): number {
  const units = milliseconds * UNITS_PER_MS;
  if (!(units >= LOWEST)) return 0;
  if (units >= BEYOND) return LAST;
  const doubling = ZEROS_OF_LOWEST - Math.clz32(units);
  return 1 + doubling * PER_DOUBLING + (units >>> doubling) - LOWEST;
}

/** The shortest time that is not counted in this cell nor below it, milliseconds; the last has no such. */
export function endOfCell(cell: number): number {
  if (cell >= LAST) return Number.POSITIVE_INFINITY;
  const doubling = Math.floor(cell / PER_DOUBLING);
  return ((LOWEST + (cell % PER_DOUBLING)) * 2 ** doubling) / UNITS_PER_MS;
}

/** What stands for all times of a cell, milliseconds: as far off, in parts of the time, at both of its ends. */
export function timeOfCell(cell: number): number {
  const end = endOfCell(cell);
  if (cell === 0) return end / 2;
  const begin = endOfCell(cell - 1);
  return cell >= LAST ? begin : (2 * begin * end) / (begin + end);
}

/** The time that this share of all counted times does not exceed, milliseconds; 0 where none was counted. */
export function latencyPercentile(cells: ArrayLike<number>, share: number): number {
  const wanted = countedTimes(cells) * share;
  let below = 0;
  for (let cell = 0; cell < cells.length; cell++) {
    below += cells[cell]!;
    if (below > 0 && below >= wanted) return timeOfCell(cell);
  }
  return 0;
}

/** How many times were counted beyond a cell; -1: in all cells. */
export function countedBeyond(cells: ArrayLike<number>, cell: number): number {
  let count = 0;
  for (let at = cell + 1; at < cells.length; at++) count += cells[at]!;
  return count;
}

export function countedTimes(cells: ArrayLike<number>): number {
  return countedBeyond(cells, -1);
}
