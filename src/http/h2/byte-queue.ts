const LEAST = 1024;

/**
 * Bytes that wait, copied together: many small pieces cost no more than they hold. What has been taken out stays as it
 * is until all who were given it are done: no place is written to twice.
 */
export class ByteQueue {
  #bytes: Buffer | null = null;
  #from = 0;
  #to = 0;

  get length(): number {
    return this.#to - this.#from;
  }

  push(bytes: Buffer, start: number, end: number): void {
    const count = end - start;
    if (this.#bytes === null || this.#to + count > this.#bytes.length) this.#makeRoom(count);
    bytes.copy(this.#bytes!, this.#to, start, end);
    this.#to += count;
  }

  /** Where the bytes lie: only asked for when there are some. */
  get bytes(): Buffer {
    return this.#bytes!;
  }

  get start(): number {
    return this.#from;
  }

  get end(): number {
    return this.#to;
  }

  /** The first of them are in other hands now. */
  drop(count: number): void {
    this.#from += count;
    if (this.#from === this.#to) this.clear();
  }

  clear(): void {
    this.#bytes = null;
    this.#from = 0;
    this.#to = 0;
  }

  /** They go nowhere: their memory is free now, unless some of it is in other hands. */
  discard(): void {
    if (this.#from === 0 && this.#bytes !== null) (this.#bytes.buffer as ArrayBuffer).transfer(0);
    this.clear();
  }

  #makeRoom(count: number): void {
    const { length } = this;
    const needed = length + count;
    // Once for what comes alone, half as much again for what goes on coming: few copies, and little that is held for nothing.
    const larger = Buffer.allocUnsafeSlow(Math.max(length === 0 ? count : needed + (needed >> 1), LEAST));
    this.#bytes?.copy(larger, 0, this.#from, this.#to);
    this.#bytes = larger;
    this.#from = 0;
    this.#to = length;
  }
}
