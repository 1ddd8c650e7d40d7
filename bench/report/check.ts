import type { Spread } from '../statistics.ts';

/** A measured value that has a bound. */
export interface Check {
  /** What is compared with what. */
  readonly what: string;
  /** The median decides. */
  readonly value: Spread;
  /** At most this. */
  readonly most: number;
  /** Behind the value; `×` for ratios. */
  readonly unit: string;
  /** Why the value is to be doubted, if it is. */
  readonly doubt?: string;
}

export function passed({ value, most }: Check): boolean {
  return value.median <= most;
}

/** In words: by how much it was missed, if it was. */
export function verdict(check: Check): string {
  const missed = check.value.median - check.most;
  const text = passed(check) ? 'passed' : `missed by ${figure(missed)} ${check.unit}`;
  return check.doubt === undefined ? text : `${text}; ${check.doubt}`;
}

export function bound({ most, unit }: Check): string {
  return `≤ ${figure(most)} ${unit}`;
}

/** With its quartiles. */
export function measured({ value, unit }: Check): string {
  const { low, median, high } = value;
  return `${figure(median)} (${figure(low)}–${figure(high)}) ${unit}`;
}

/** As many digits as such a measurement is good for. */
function figure(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toFixed(2);
}
