import { randomBytes, randomUUID } from 'node:crypto';

const SERIES = 4096;
const ENDINGS = Array.from({ length: SERIES }, (_, index) => index.toString(16).padStart(3, '0'));

/**
 * Ids in the form of version 4 UUIDs that differ in their last three digits for a while, then in everything:
 * unique like any other, not secret, and one piece of text to make instead of twenty.
 */
export class RequestIds {
  #prefix = '';
  #next = SERIES;

  next(): string {
    if (this.#next === SERIES) {
      this.#prefix = randomUUID().slice(0, -3);
      this.#next = 0;
    }
    return this.#prefix + ENDINGS[this.#next++];
  }
}

/** For a trace. @param digits how many, hexadecimal */
export function randomHex(digits: 16 | 32): string {
  return randomBytes(digits / 2).toString('hex');
}
