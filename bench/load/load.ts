import type { Bed } from '../bed.ts';
import type { Target } from '../target.ts';

export interface LoadResult {
  /** Requests, or whatever else the load counts. */
  readonly operations: number;
  readonly seconds: number;
  /** Operations that did not end as they should: no answer, or one that is not 2xx. */
  readonly failures: number;
  /** Milliseconds; left out where the generator does not tell. */
  readonly p50?: number;
  readonly p99?: number;
}

/** Keeps a proxy as busy as it can for some seconds. */
export interface Load {
  /** Who does it, and over how many connections: as it stands in the report. */
  readonly description: string;
  /** What stands in the way of it on this machine. */
  missing(): string | undefined;
  run(bed: Bed, target: Target, seconds: number): Promise<LoadResult>;
}
