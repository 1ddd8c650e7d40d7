/**
 * How unlikely by chance alone has to be what the judge goes by, so that arms that are alike pass a whole cutover. Every
 * weight of the plan has an equal part of what may go wrong, and every look at it a part of that.
 */

/** Of cutovers between arms that are alike, so many may be reverted by three bad windows, from begin to end. */
const FALSE_REVERTS = 0.008;
/** And so many by a single window that is worse than a quarter. */
const FALSE_ALARMS = 0.001;
/** So many windows may be bad by chance. It costs a step's time, no more: a third one is held to the above. */
const FALSE_SUSPICIONS = 0.01;
/** Of what a weight has: what the looks that were planned share. */
const PLANNED = 0.8;
/** What comes after them, where a cutover is held or has to wait, shares the rest, however many looks there are. */
const LATER = 1 - PLANNED;

/** What a look asks of a window, and which part of what may go wrong each has. */
export type Question = keyof typeof QUESTIONS;
const QUESTIONS = { errors: 0.5, latency: 0.4, waiting: 0.1 };

/** A revert takes so many bad windows at one weight. */
export const BAD_WINDOWS = 3;

/** Where a look stands. */
export interface Turn {
  /** From 1, since the weight changed. */
  readonly look: number;
  /** Looks that the plan has at this weight, at least 1. */
  readonly planned: number;
  /** Weights that the plan has. */
  readonly weights: number;
}

/** For a window to be bad. */
export function suspicionLevel(question: Question): number {
  return FALSE_SUSPICIONS * QUESTIONS[question];
}

/** For a bad window to revert: only from the third look on can that be. */
export function revertLevel(question: Question, { look, planned, weights }: Turn): number {
  const before = BAD_WINDOWS - 1;
  const turn = { look: look - before, planned: Math.max(1, planned - before), weights };
  return FALSE_REVERTS * QUESTIONS[question] * part(turn);
}

/** For a window that is enough by itself. */
export function alarmLevel(turn: Turn): number {
  return FALSE_ALARMS * part(turn);
}

/** What one look gets of all; the sum of planned / look² over all that come later is below 1. */
function part({ look, planned, weights }: Turn): number {
  return (look <= planned ? PLANNED / planned : (LATER * planned) / look ** 2) / weights;
}
