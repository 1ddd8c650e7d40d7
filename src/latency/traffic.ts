import { LATENCY_CELLS, latencyCell } from './cells.ts';
import { pairsOf } from './sparse-cells.ts';

/** What is counted is settled so often. Milliseconds. */
export const STEP_MS = 2000;

/**
 * For each window: how many steps a slot takes, and how many slots there are. The older something is the coarser it is
 * kept, and what a window covers is at most what its name says: 10, 52 to 60, 242 to 300 seconds.
 */
const LEVELS = [
  { seconds: 10, steps: 1, slots: 5 },
  { seconds: 60, steps: 5, slots: 6 },
  { seconds: 300, steps: 30, slots: 5 },
] as const;

/** Names of the windows: seconds. */
export const WINDOWS: readonly number[] = LEVELS.map(({ seconds }) => seconds);

/** What was counted in some steps. */
interface Slot {
  readonly number: number;
  requests: number;
  errors: number;
  /** `latency/cells.ts`, each behind its number. */
  pairs: readonly number[];
}

/** What windows hold, of as many instances as were added. */
export interface TrafficSum {
  requests: number;
  errors: number;
  /** `latency/cells.ts` */
  readonly cells: Float64Array;
}

/** One for each of `WINDOWS`, with nothing in them. */
export function emptySums(): TrafficSum[] {
  return WINDOWS.map(() => ({ requests: 0, errors: 0, cells: new Float64Array(LATENCY_CELLS) }));
}

/** What one instance of an application has done on one thread: what is under way, and what ended in the last minutes. */
export class Traffic {
  /** Under way. */
  open = 0;
  /** Whether whoever keeps it does so still, and whether it waits to be settled: theirs to say. */
  isKept = true;
  isWaiting = false;
  #requests = 0;
  #errors = 0;
  readonly #cells = new Uint32Array(LATENCY_CELLS);
  readonly #levels: readonly Slot[][] = LEVELS.map(() => []);

  /** One more has ended. @param ms negative: it says nothing about how long answers take */
  note(failed: boolean, ms: number): void {
    this.#requests++;
    if (failed) this.#errors++;
    if (ms >= 0) this.#cells[latencyCell(ms)]!++;
  }

  /** What was noted since the last time is of this step. Steps only grow. */
  settle(step: number): void {
    if (this.#requests === 0) return;
    const counted = { requests: this.#requests, errors: this.#errors, pairs: pairsOf(this.#cells) };
    for (const [at, { steps, slots }] of LEVELS.entries()) {
      const number = Math.floor(step / steps);
      const level = this.#levels[at]!;
      const last = level.at(-1);
      if (last?.number === number) addTo(last, counted);
      else level.push({ number, ...counted });
      while (level[0]!.number <= number - slots) level.shift();
    }
    this.#requests = 0;
    this.#errors = 0;
    this.#cells.fill(0);
  }

  /** Ended in a window, by its place in `WINDOWS`. @param step the last that was settled */
  requestsIn(window: number, step: number): number {
    return this.#slots(window, step).reduce((sum, { requests }) => sum + requests, 0);
  }

  /** @param sums of `emptySums` @param step the last that was settled */
  addTo(sums: readonly TrafficSum[], step: number): void {
    for (const [window, sum] of sums.entries()) {
      for (const { requests, errors, pairs } of this.#slots(window, step)) {
        sum.requests += requests;
        sum.errors += errors;
        for (let at = 0; at < pairs.length; at += 2) sum.cells[pairs[at]!]! += pairs[at + 1]!;
      }
    }
  }

  /** Whether there is nothing to tell of it, nor will be without another request. */
  isOver(step: number): boolean {
    return this.open === 0 && this.#requests === 0 && this.requestsIn(LEVELS.length - 1, step) === 0;
  }

  #slots(window: number, step: number): Slot[] {
    const { steps, slots } = LEVELS[window]!;
    const oldest = Math.floor(step / steps) - slots;
    return this.#levels[window]!.filter(({ number }) => number > oldest);
  }
}

/** How much time each window covers at the end of a step, the first of which is 0. Seconds. */
export function coveredSeconds(step: number): number[] {
  return LEVELS.map(({ steps, slots }) => {
    const wanted = (slots - 1) * steps + (step % steps) + 1;
    return (Math.min(wanted, step + 1) * STEP_MS) / 1000;
  });
}

function addTo(slot: Slot, { requests, errors, pairs }: Omit<Slot, 'number'>): void {
  slot.requests += requests;
  slot.errors += errors;
  slot.pairs = mergedPairs(slot.pairs, pairs);
}

/** Both in the order of cells. */
function mergedPairs(one: readonly number[], other: readonly number[]): number[] {
  const merged: number[] = [];
  let [a, b] = [0, 0];
  while (a < one.length || b < other.length) {
    const [left, right] = [one[a] ?? LATENCY_CELLS, other[b] ?? LATENCY_CELLS];
    const count = (left <= right ? one[a + 1]! : 0) + (right <= left ? other[b + 1]! : 0);
    merged.push(Math.min(left, right), count);
    if (left <= right) a += 2;
    if (right <= left) b += 2;
  }
  return merged;
}
