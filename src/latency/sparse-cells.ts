import { LATENCY_CELLS } from './cells.ts';

/** A row of cells as text has it: most are empty, so those that are not come each behind its number. */
export function pairsOf(cells: ArrayLike<number>): number[] {
  const pairs: number[] = [];
  for (let cell = 0; cell < cells.length; cell++) if (cells[cell] !== 0) pairs.push(cell, cells[cell]!);
  return pairs;
}

export function cellsOf(pairs: readonly number[]): number[] {
  const cells = new Array<number>(LATENCY_CELLS).fill(0);
  for (let at = 0; at + 1 < pairs.length; at += 2) {
    const cell = pairs[at]!;
    if (cell < LATENCY_CELLS) cells[cell] = pairs[at + 1]!;
  }
  return cells;
}
