const FIRST_MS = 100;
const LONGEST_MS = 10_000;
/** A thread that has lived so long was sound. */
const CALM_MS = 60_000;

/**
 * How long to wait before a thread is replaced: not at all, and the longer the sooner threads are lost that have taken
 * another's place. All that were there when the last wait was decided are one loss.
 */
export class RestartDelay {
  #delay = 0;
  #lostAt = Number.NEGATIVE_INFINITY;

  /** A thread has gone wrong. @param startedAt when it began; both monotonic milliseconds */
  lose(startedAt: number, now: number): void {
    const isCalm = now - this.#lostAt >= CALM_MS + this.#delay;
    if (!isCalm && startedAt < this.#lostAt) return;
    this.#delay = isCalm ? 0 : Math.min(Math.max(2 * this.#delay, FIRST_MS), LONGEST_MS);
    this.#lostAt = now;
  }

  /** Milliseconds until another may start. */
  left(now: number): number {
    return Math.max(this.#lostAt + this.#delay - now, 0);
  }
}
