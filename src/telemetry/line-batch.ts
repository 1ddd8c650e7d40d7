/** Most bytes of a UTF-16 unit in UTF-8. */
const WIDEST = 3;
/** Bytes up to which what is handed over is a copy. */
const SMALL_BYTES = 16 * 1024;

/** Lines that leave together, written down as they come: as one text they would be put together, measured and copied. */
export class LineBatch {
  /** Bytes. */
  readonly #most: number;
  #bytes: Buffer;
  #length = 0;
  #lines = 0;

  /** @param most bytes, but for a line that is longer by itself */
  constructor(most: number) {
    this.#most = most;
    this.#bytes = Buffer.allocUnsafeSlow(most);
  }

  get lines(): number {
    return this.#lines;
  }

  hasRoomFor(line: string): boolean {
    const room = this.#most - this.#length;
    return line.length * WIDEST <= room || Buffer.byteLength(line) <= room;
  }

  /** To be asked for room before; one without it is to be alone. */
  add(line: string): void {
    if (this.#lines === 0 && !this.hasRoomFor(line))
      this.#bytes = Buffer.allocUnsafeSlow(Buffer.byteLength(line));
    this.#length += this.#bytes.write(line, this.#length);
    this.#lines++;
  }

  /** All that was added; it begins anew. */
  take(): Buffer {
    const length = this.#length;
    this.#length = 0;
    this.#lines = 0;
    if (length <= SMALL_BYTES && this.#bytes.length <= this.#most)
      return Buffer.from(this.#bytes.subarray(0, length));
    // What was not needed of it goes back at once: V8 collects its whole heap for so much memory outside of it.
    const piece = Buffer.from((this.#bytes.buffer as ArrayBuffer).transfer(length));
    this.#bytes = Buffer.allocUnsafeSlow(this.#most);
    return piece;
  }
}
