import { CannotStart } from '../cannot-start.ts';
import type { Check } from './figure.ts';

/** A count that must be 0. */
export function none(what: string, value: number): Check {
  return atMost(what, value, '', 0);
}

/** @throws CannotStart when `value` is not a number */
export function atMost(what: string, value: number, unit: string, pass: number, stretch?: number): Check {
  return check('at most', what, value, unit, pass, stretch);
}

/** @throws CannotStart when `value` is not a number */
export function atLeast(what: string, value: number, unit: string, pass: number, stretch?: number): Check {
  return check('at least', what, value, unit, pass, stretch);
}

function check(
  relation: Check['relation'],
  what: string,
  value: number,
  unit: string,
  pass: number,
  stretch: number | undefined,
): Check {
  if (!Number.isFinite(value)) throw new CannotStart(`${what}: nothing was measured`);
  return { what, value, unit, relation, pass, ...(stretch !== undefined && { stretch }) };
}
