/** Milliseconds: a wall clock that was set, and not one that is slewed. */
const SET_MS = 1000;

/**
 * From a clock that never goes back to the wall clock. The same for as long as nobody sets that, so that a time that has
 * not changed reads the same twice.
 */
export class WallOffset {
  #offset: number | null = null;

  /** Both in milliseconds, of the same moment. */
  at(wall: number, steady: number): number {
    const offset = Math.floor(wall - steady);
    if (this.#offset === null || Math.abs(offset - this.#offset) > SET_MS) this.#offset = offset;
    return this.#offset;
  }
}
