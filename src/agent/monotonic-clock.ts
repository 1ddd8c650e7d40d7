import { performance } from 'node:perf_hooks';
import { after } from '../boundary/timers.ts';
import type { Clock } from './route/clock.ts';

/** The machine's own. */
export const MONOTONIC: Clock = {
  now: () => performance.now(),
  after: (milliseconds, owner, step) => {
    const timer = after(milliseconds, owner, step);
    return () => clearTimeout(timer);
  },
};
