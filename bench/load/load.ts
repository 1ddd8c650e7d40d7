import type { Bed } from '../bed.ts';
import type { Target } from '../target.ts';

export interface LoadResult {
  readonly requests: number;
  readonly seconds: number;
  /** Requests that got no answer, or one that is not 2xx. */
  readonly failures: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
}

/** Keeps a number of connections busy for some seconds. */
export interface SaturatingLoad {
  readonly name: string;
  run(bed: Bed, target: Target, connections: number, seconds: number): Promise<LoadResult>;
}
