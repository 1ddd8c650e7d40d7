import type { Attempt, Candidates, Load } from '../../src/routing/balancer.ts';
import type { Endpoint } from '../../src/routing/endpoint.ts';

/**
 * What every algorithm must do, told by the places of the endpoints. All else being equal, each of `chosen` is
 * chosen sooner or later, and no other ever.
 */
export interface BalancerCase {
  readonly name: string;
  readonly count: number;
  readonly failed?: readonly number[];
  readonly tried?: readonly number[];
  readonly full?: readonly number[];
  readonly chosen: readonly number[];
}

export const BALANCER_CASES: readonly BalancerCase[] = [
  { name: 'nothing is chosen from nothing', count: 0, chosen: [] },
  { name: 'the only one is chosen', count: 1, chosen: [0] },
  { name: 'the only one is chosen though it failed', count: 1, failed: [0], chosen: [0] },
  { name: 'the only one is chosen though it was tried', count: 1, tried: [0], chosen: [0] },
  { name: 'each is chosen', count: 5, chosen: [0, 1, 2, 3, 4] },
  { name: 'a failed one is passed over', count: 4, failed: [2], chosen: [0, 1, 3] },
  { name: 'all failed but one are passed over', count: 4, failed: [0, 1, 3], chosen: [2] },
  { name: 'when all failed each is chosen', count: 3, failed: [0, 1, 2], chosen: [0, 1, 2] },
  { name: 'a tried one is passed over', count: 4, tried: [0], chosen: [1, 2, 3] },
  { name: 'all tried but one are passed over', count: 4, tried: [0, 3, 1], chosen: [2] },
  { name: 'when all were tried each is chosen', count: 3, tried: [2, 0, 1], chosen: [0, 1, 2] },
  { name: 'a failed one comes before a tried one', count: 3, failed: [2], tried: [0, 1], chosen: [2] },
  { name: 'a full one is passed over', count: 4, full: [2], chosen: [0, 1, 3] },
  { name: 'a full one is passed over for a failed one', count: 2, full: [0], failed: [1], chosen: [1] },
  { name: 'a full one is passed over for a tried one', count: 2, full: [0], tried: [1], chosen: [1] },
  {
    name: 'failed ones come before one tried and failed',
    count: 3,
    failed: [0, 1, 2],
    tried: [1],
    chosen: [0, 2],
  },
  {
    name: 'a good one comes before failed and tried ones',
    count: 4,
    failed: [0, 1],
    tried: [1, 2],
    chosen: [3],
  },
];

/** Loads set by hand. Failure marks are those of one moment. */
export class FixedLoad implements Load {
  readonly requests = new Map<number, number>();
  readonly failed: Set<number>;
  readonly full = new Set<number>();

  constructor(failed: readonly number[] = []) {
    this.failed = new Set(failed);
  }

  inFlight(seat: number): number {
    return this.requests.get(seat) ?? 0;
  }

  isFull(seat: number): boolean {
    return this.full.has(seat);
  }

  isFailed(seat: number, second: number): boolean {
    return second < Number.POSITIVE_INFINITY && this.failed.has(seat);
  }

  clearFailed(seat: number): void {
    this.failed.delete(seat);
  }
}

export function attemptOf(
  load: Load,
  random: () => number,
  tried: readonly Endpoint[] = [],
  more: Partial<Attempt> = {},
): Attempt {
  // Another value each time, so that `hash` comes everywhere.
  return {
    load,
    nowSecond: 0,
    tried: tried.map(({ backend }) => backend),
    random,
    zone: '',
    hashed: String(random()),
    hashTableSize: 3001,
    ...more,
  };
}

interface Choosable extends Candidates {
  readonly endpoints: Endpoint[];
}

export function candidatesOf(endpoints: Endpoint[], cursor = 0, hashBalance = 0): Choosable {
  return { endpoints, cursor, hashBalance, hashTable: null };
}

/** The same numbers in [0, 1) in every run (mulberry32). */
export function seededRandom(seed: number): () => number {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
