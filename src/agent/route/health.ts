import type { Check } from './check.ts';

/**
 * What checks have found so far. `unknown`: too few of them to say anything, so nothing is said. `passes` and
 * `failures` are those in a row that speak against the state.
 */
export type Health =
  | { readonly state: 'unknown'; readonly passes: number; readonly failures: number }
  | { readonly state: 'up'; readonly failures: number }
  | { readonly state: 'down'; readonly passes: number };

export interface Thresholds {
  readonly rise: number;
  readonly fall: number;
}

export const UNKNOWN: Health = { state: 'unknown', passes: 0, failures: 0 };
const UP: Health = { state: 'up', failures: 0 };
const DOWN: Health = { state: 'down', passes: 0 };

/** What a route without a check is, and one with a check before its first result. */
export function initialHealth(check: Check | null): Health {
  return check === null ? UP : UNKNOWN;
}

/** A script decides at once, each time. */
export function thresholdsOf(check: Check): Thresholds {
  return check.kind === 'script' ? { rise: 1, fall: 1 } : check;
}

export function afterCheck(health: Health, ok: boolean, { rise, fall }: Thresholds): Health {
  switch (health.state) {
    case 'unknown': {
      const passes = ok ? health.passes + 1 : 0;
      const failures = ok ? 0 : health.failures + 1;
      if (passes >= rise) return UP;
      return failures >= fall ? DOWN : { state: 'unknown', passes, failures };
    }
    case 'up': {
      if (ok) return UP;
      return health.failures + 1 >= fall ? DOWN : { state: 'up', failures: health.failures + 1 };
    }
    case 'down': {
      if (!ok) return DOWN;
      return health.passes + 1 >= rise ? UP : { state: 'down', passes: health.passes + 1 };
    }
  }
}
