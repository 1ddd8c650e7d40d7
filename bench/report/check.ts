import type { Spread } from '../statistics.ts';

/** Doubts with which a value that keeps its bound says nothing: it may be the load's doing. */
export const LOAD_WAS_THE_LIMIT = 'the load generator was the limit';
export const LOAD_FELL_SHORT = 'less load came through than was meant';
export const TOO_FEW_ROUNDS = 'too few rounds';
const TELLING_NOTHING = [LOAD_WAS_THE_LIMIT, LOAD_FELL_SHORT, TOO_FEW_ROUNDS];

/** `unknown`: the bound seems kept, and that may not be the proxy's merit. */
export type Judgement = 'passed' | 'missed' | 'unknown';

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

export function judgement({ value, most, doubt = '' }: Check): Judgement {
  if (!(value.median <= most)) return 'missed';
  return TELLING_NOTHING.some((text) => doubt.includes(text)) ? 'unknown' : 'passed';
}

/** In words: by how much it was missed, if it was. */
export function verdict(check: Check): string {
  const judged = judgement(check);
  const missed = figure(check.value.median - check.most);
  const text = judged === 'missed' ? `missed by ${missed} ${check.unit}` : judged;
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
