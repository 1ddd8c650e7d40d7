/** Most bytes of a UTF-16 unit in UTF-8. */
const WIDEST = 3;
/** What is handed over is a copy, up to this share of the memory. */
const SMALL = 1 / 4;

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
    if (this.#lines === 0 && line.length * WIDEST > this.#bytes.length)
      this.#makeRoom(Buffer.byteLength(line));
    this.#length += this.#bytes.write(line, this.#length);
    this.#lines++;
  }

  /** All that was added; it begins anew. */
  take(): Buffer {
    const taken = this.#bytes.subarray(0, this.#length);
    const isCopied = this.#length <= this.#most * SMALL;
    const piece = isCopied ? Buffer.from(taken) : taken;
    if (!isCopied) this.#bytes = Buffer.allocUnsafeSlow(this.#most);
    this.#length = 0;
    this.#lines = 0;
    return piece;
  }

  #makeRoom(bytes: number): void {
    if (bytes > this.#bytes.length) this.#bytes = Buffer.allocUnsafeSlow(bytes);
  }
}
