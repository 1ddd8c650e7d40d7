import { LATENCY_CELLS } from '../../latency/cells.ts';
import { ARM_COUNTS, type ArmRow, type WorstRequest, worstOf } from '../../routing/arm-tally.ts';

/** First attempts at one arm on this router, since its process began. */
export interface ArmCounts {
  /** By `ARM_COUNTS`. */
  readonly counts: number[];
  /** `latency/cells.ts`. */
  readonly latency: number[];
  /** Of failed requests, those that took longest. */
  worst: WorstRequest[];
}

const ENDED = ARM_COUNTS.indexOf('ended');

/** What all threads have counted for the arms of routes. */
export class ArmLedger {
  readonly #routes = new Map<string, Map<string, ArmCounts>>();
  /** By lane: first attempts that its thread has begun and not ended. */
  readonly #open = new Map<number, Map<ArmCounts, number>>();

  take(lane: number, rows: readonly ArmRow[]): void {
    for (const row of rows) this.#add(lane, row);
  }

  /** The thread in that lane has ended, and with it all that was under way there. */
  settle(lane: number): void {
    for (const [arm, open] of this.#open.get(lane) ?? []) arm.counts[ENDED]! += open;
    this.#open.delete(lane);
  }

  /** As it is now: what is counted later does not show in it. */
  read(route: string, arm: string): ArmCounts {
    const { counts, latency, worst } = this.#routes.get(route)?.get(arm) ?? noCounts();
    return { counts: [...counts], latency: [...latency], worst };
  }

  /** The route's requests are shared out otherwise: what went wrong from here on is worth more than what did before. */
  turn(route: string): void {
    for (const arm of this.#routes.get(route)?.values() ?? []) arm.worst = [];
  }

  /** The route has no split any more. */
  forget(route: string): void {
    this.#routes.delete(route);
  }

  #add(lane: number, { route, arm, counts, latency, worst }: ArmRow): void {
    const sum = this.#armOf(route, arm);
    for (const [at, count] of counts.entries()) sum.counts[at]! += count;
    for (const [cell, count] of latency.entries()) if (count > 0) sum.latency[cell]! += count;
    if (worst.length > 0) sum.worst = worstOf([...sum.worst, ...worst]);
    const [begun = 0, ended = 0] = counts;
    let open = this.#open.get(lane);
    if (open === undefined) {
      open = new Map();
      this.#open.set(lane, open);
    }
    const left = (open.get(sum) ?? 0) + begun - ended;
    if (left === 0) open.delete(sum);
    else open.set(sum, left);
  }

  #armOf(route: string, arm: string): ArmCounts {
    let arms = this.#routes.get(route);
    if (arms === undefined) {
      arms = new Map();
      this.#routes.set(route, arms);
    }
    let sum = arms.get(arm);
    if (sum === undefined) {
      sum = noCounts();
      arms.set(arm, sum);
    }
    return sum;
  }
}

function noCounts(): ArmCounts {
  return {
    counts: new Array<number>(ARM_COUNTS.length).fill(0),
    latency: new Array<number>(LATENCY_CELLS).fill(0),
    worst: [],
  };
}
