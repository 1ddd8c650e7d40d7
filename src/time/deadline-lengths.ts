import { DeadlineList } from './deadline.ts';

/** Lengths between one power of two and the next. */
const STEPS = 16;
const LONGEST = 2 ** 31;

/**
 * Deadlines of lengths that are not known beforehand: a list for each, and few enough lists, because a length is
 * rounded up by less than a sixteenth.
 */
export class DeadlineLengths {
  readonly #lists = new Map<number, DeadlineList>();

  /** @param length milliseconds, above 0 */
  of(length: number): DeadlineList {
    const rounded = roundedUp(length);
    let list = this.#lists.get(rounded);
    if (list === undefined) {
      list = new DeadlineList(rounded);
      this.#lists.set(rounded, list);
    }
    return list;
  }

  /** Lets at most so many run out; answers how many. */
  expireDue(now: number, most = Number.POSITIVE_INFINITY): number {
    let expired = 0;
    for (const list of this.#lists.values()) expired += list.expireDue(now, most - expired);
    return expired;
  }
}

/** The least length there is a list for that is not shorter. */
export function roundedUp(length: number): number {
  if (length >= LONGEST) return LONGEST;
  const step = Math.max(2 ** Math.floor(Math.log2(length)) / STEPS, 1);
  return Math.ceil(length / step) * step;
}
