/** Milliseconds: all below is one cell, then each cell's end is a twentieth above the one before. */
const SMALLEST = 0.01;
const STEP = 1.05;
const LOG_STEP = Math.log(STEP);
/** To three quarters of an hour; what is above counts as that. */
export const SPREAD_WIDTH = 400;

/** Where a time is counted, of `SPREAD_WIDTH` cells that together tell percentiles to 5 %. */
export function spreadCell(milliseconds: number): number {
  if (!(milliseconds > SMALLEST)) return 0;
  return Math.min(SPREAD_WIDTH - 1, Math.ceil(Math.log(milliseconds / SMALLEST) / LOG_STEP));
}

/** The time below which that share of all counted times lies, milliseconds; 0 when none was counted. */
export function spreadPercentile(cells: ArrayLike<number>, share: number): number {
  let total = 0;
  for (let cell = 0; cell < cells.length; cell++) total += cells[cell]!;
  const wanted = total * share;
  let below = 0;
  for (let cell = 0; cell < cells.length; cell++) {
    below += cells[cell]!;
    if (below > 0 && below >= wanted) return SMALLEST * STEP ** cell;
  }
  return 0;
}
