import type { Random } from '../../fuzz/random.ts';
import { happens } from './chance.ts';
import type { Times } from './times.ts';

/** What an application does in one second. */
export interface Mood {
  /** Of its requests, this share gets 5xx. */
  readonly errors: number;
  readonly times: Times;
}

/** An application over the time of one canary. `second`: since it began; `fresh`: since its weight last changed. */
export type Arm = (second: number, fresh: number) => Mood;

/** Makes the two applications of one canary. */
export type Arms = (random: Random) => { readonly from: Arm; readonly to: Arm };

export function steady(errors: number, times: Times): Arm {
  return () => ({ errors, times });
}

/** Fails everything for `length` seconds, every so many seconds on average, and else little. */
export function bursting(random: Random, every: number, length: number, times: Times): Arm {
  let until = -1;
  return (second) => {
    if (second >= until && happens(random, 1 / every)) until = second + length;
    return { errors: second < until ? 1 : 0.002, times };
  };
}
