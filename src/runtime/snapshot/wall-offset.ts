import { systemTime } from '../../time/wall-clock.ts';

/** Milliseconds: a wall clock that was set, and not one that is slewed. */
const SET_MS = 1000;
/** Milliseconds: to ask the wall clock costs as much as to write a line, and tables have hundreds of thousands. */
const ASK_MS = 100;

/**
 * From a clock that never goes back to the wall clock. The same for as long as nobody sets that, so that a time that has
 * not changed reads the same twice.
 */
export class WallOffset {
  readonly #wall: () => number;
  #offset: number | null = null;
  #askedAt = Number.NEGATIVE_INFINITY;

  /** @param wall Unix milliseconds */
  constructor(wall: () => number = systemTime) {
    this.#wall = wall;
  }

  /** @param steady what the clock says now, in milliseconds */
  at(steady: number): number {
    if (this.#offset !== null && steady - this.#askedAt < ASK_MS) return this.#offset;
    this.#askedAt = steady;
    const offset = Math.floor(this.#wall() - steady);
    if (this.#offset === null || Math.abs(offset - this.#offset) > SET_MS) this.#offset = offset;
    return this.#offset;
  }
}
