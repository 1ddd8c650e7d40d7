/** Work that is done one piece after the other, of which so many pieces may wait. */
export class OneByOne {
  readonly #most: number;
  #waiting = 0;
  #last: Promise<void> = Promise.resolve();

  constructor(most: number) {
    this.#most = most;
  }

  /** Null: too many wait already. Rejects with what the work does, which costs nobody else. */
  async take<T>(work: () => Promise<T>): Promise<T | null> {
    if (this.#waiting >= this.#most) return null;
    this.#waiting++;
    const before = this.#last;
    const over = Promise.withResolvers<void>();
    this.#last = over.promise;
    try {
      await before;
      return await work();
    } finally {
      this.#waiting--;
      over.resolve();
    }
  }
}
