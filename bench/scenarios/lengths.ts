import type { Entrant, Length } from '../scenario.ts';

/** The headline. */
export const LONG: Length = { rounds: 11, seconds: 1, warmUp: 5 };
export const USUAL: Length = { rounds: 5, seconds: 1, warmUp: 4 };
/** In the quick run. */
export const SHORT: Length = { rounds: 5, seconds: 1, warmUp: 3 };

export function entrants(...names: readonly string[]): Entrant[] {
  return names.map((name) => ({ name, contender: name }));
}
