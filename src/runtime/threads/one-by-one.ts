/** Work that is done one piece after the other, of which so many pieces may wait. */
export class OneByOne {
  readonly #most: number;
  #waiting = 0;
  #last: Promise<unknown> = Promise.resolve();

  constructor(most: number) {
    this.#most = most;
  }

  /** Null: too many wait already. Rejects with what the work does, which costs nobody else. */
  take<T>(work: () => Promise<T>): Promise<T | null> {
    if (this.#waiting >= this.#most) return Promise.resolve(null);
    this.#waiting++;
    const done = this.#last.then(work).finally(() => {
      this.#waiting--;
    });
    this.#last = done.catch(() => {});
    return done;
  }
}
