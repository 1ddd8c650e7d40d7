import type { Random } from '../../fuzz/random.ts';
import { normal } from './chance.ts';

/** Response times of an application, milliseconds, to draw from. */
export type Times = Float64Array;

const DRAWS = 8192;
const P95_NORMAL = 1.644854;

/** Log-normal times, as most services have them. @param spread of their logarithms: 0.5 is even, 1 has a long tail */
export function logNormal(random: Random, p95: number, spread: number): Times {
  return Float64Array.from({ length: DRAWS }, () => p95 * Math.exp(spread * (normal(random) - P95_NORMAL)));
}

export function times(factor: number, of: Times): Times {
  return of.map((ms) => ms * factor);
}

/** So many of a hundred take that long. */
export function withTail(of: Times, percent: number, ms: number): Times {
  return of.map((time, draw) => (draw % 100 < percent ? ms : time));
}
