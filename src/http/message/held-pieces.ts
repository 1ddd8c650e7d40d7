const LEAST = 512;

/** The pieces of a head that has not come whole, one behind the other. */
export class HeldPieces {
  #bytes: Buffer | null = null;
  length = 0;

  /** Only asked for when something is held. */
  get bytes(): Buffer {
    return this.#bytes!;
  }

  /** Bytes there is room for, which are what it costs. */
  get capacity(): number {
    return this.#bytes?.length ?? 0;
  }

  /** Takes as much over of one more piece as `most` bytes in all. */
  add(chunk: Buffer, start: number, end: number, most: number): void {
    const length = Math.min(this.length + (end - start), most);
    if (this.#bytes === null || length > this.#bytes.length) {
      const larger = Buffer.allocUnsafeSlow(Math.min(Math.max(length, 2 * this.length, LEAST), most));
      this.#bytes?.copy(larger, 0, 0, this.length);
      this.#bytes = larger;
    }
    chunk.copy(this.#bytes, this.length, start, start + length - this.length);
    this.length = length;
  }

  clear(): void {
    this.#bytes = null;
    this.length = 0;
  }
}
