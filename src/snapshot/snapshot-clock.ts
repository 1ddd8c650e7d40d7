import { performance } from 'node:perf_hooks';
import { systemTime } from '../time/wall-clock.ts';

/** Milliseconds. */
export interface SnapshotClock {
  /** Unix time. */
  wall(): number;
  /** Never goes back. */
  steady(): number;
}

export const SYSTEM_CLOCK: SnapshotClock = { wall: systemTime, steady: () => performance.now() };
