/**
 * Whether something is due at a tick that others make. It keeps its pace where ticks come late: counted in ticks, it would come
 * later the busier the thread is.
 */
export class Cadence {
  readonly #interval: number;
  #dueAt: number;

  /** @param interval milliseconds, of which a part of a tick may be missing @param now monotonic milliseconds */
  constructor(interval: number, now: number) {
    this.#interval = interval;
    this.#dueAt = now + interval;
  }

  /** Call it at every tick. */
  isDue(now: number): boolean {
    if (now < this.#dueAt) return false;
    this.#dueAt = now + this.#interval;
    return true;
  }
}
