/** One text after the other out of batches; only where one ends is there something to be waited for. */
export class BatchCursor {
  readonly #batches: AsyncIterator<readonly string[]>;
  #batch: readonly string[] = [];
  #at = 0;

  private constructor(batches: AsyncIterator<readonly string[]>) {
    this.#batches = batches;
  }

  static async at(batches: AsyncIterable<readonly string[]>): Promise<BatchCursor> {
    const cursor = new BatchCursor(batches[Symbol.asyncIterator]());
    await cursor.#load();
    return cursor;
  }

  /** Null: it is at the end. */
  get current(): string | null {
    return this.#batch[this.#at] ?? null;
  }

  /** Null: there is nothing to be waited for. */
  next(): Promise<void> | null {
    this.#at++;
    return this.#at < this.#batch.length ? null : this.#load();
  }

  async #load(): Promise<void> {
    this.#at = 0;
    do {
      const { done, value } = await this.#batches.next();
      this.#batch = done ? [] : value;
      if (done) return;
    } while (this.#batch.length === 0);
  }
}
