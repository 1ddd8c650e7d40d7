/** A change waits so long for others that come with it. Milliseconds, as all that follows. */
const AFTER_CHANGE_MS = 2000;
/** From the end of one writing to the beginning of the next. */
const APART_MS = 5000;
/** What is known of ages is 10 s old at most: the rest is for noticing that they are due, and for writing them. */
const AGES_APART_MS = 9500;

export type Writing = 'snapshot' | 'ages';

/** When the table, and the ages of its endpoints, are written. Every `now` is of one monotonic clock. */
export class SnapshotPace {
  /** Of the first change that no writing has taken up. */
  #changedAt: number | null = null;
  /** Of that which the writing under way has taken up. */
  #takenUp: number | null = null;
  #endedAt = Number.NEGATIVE_INFINITY;
  /** When ages were written, or a snapshot, which has them too; `null`: there is no snapshot that they could be of. */
  #agesAt: number | null = null;

  changed(now: number): void {
    this.#changedAt ??= now;
  }

  /** To be asked while nothing is being written. */
  due(now: number): Writing | 'nothing' {
    const waited = this.#changedAt === null ? -1 : now - this.#changedAt;
    if (waited >= AFTER_CHANGE_MS && now - this.#endedAt >= APART_MS) return 'snapshot';
    return this.#agesAt !== null && now - this.#agesAt >= AGES_APART_MS ? 'ages' : 'nothing';
  }

  /** What changes from now on is for another writing. */
  began(writing: Writing): void {
    if (writing === 'ages') return;
    this.#takenUp = this.#changedAt;
    this.#changedAt = null;
  }

  /** What failed is still to be written, at the same pace. */
  ended(writing: Writing, outcome: 'written' | 'failed', now: number): void {
    if (writing === 'ages') {
      this.#agesAt = now;
      return;
    }
    this.#endedAt = now;
    if (outcome === 'written') this.#agesAt = now;
    else this.#changedAt = this.#takenUp ?? this.#changedAt ?? now;
    this.#takenUp = null;
  }
}
