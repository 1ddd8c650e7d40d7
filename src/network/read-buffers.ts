/** Beyond so many bulk transfers at once on a thread, pieces are copied. */
const MOST_LENT = 256;
const MOST_SPARE = 16;

/** Of the first read of a message: whoever does not take it has to be held no more for than that. */
const FIRST_BYTES = 16 * 1024;

/** Where peers' bytes are read into: one buffer for all, used up before the next read, and one each for bulk. */
export class ReadBuffers {
  readonly shared: Buffer;
  /** The beginning of it. */
  readonly first: Buffer;
  readonly #bytes: number;
  readonly #spare: Buffer[] = [];
  #lent = 0;

  /** @param bytes of each */
  constructor(bytes: number) {
    this.#bytes = bytes;
    this.shared = Buffer.allocUnsafeSlow(bytes);
    this.first = this.shared.subarray(0, FIRST_BYTES);
  }

  /** A buffer of one's own; `null` when too many have one. */
  take(): Buffer | null {
    if (this.#lent >= MOST_LENT) return null;
    this.#lent++;
    return this.#spare.pop() ?? Buffer.allocUnsafeSlow(this.#bytes);
  }

  /** Back from `take`. `written`: the kernel neither reads from it nor writes to it any more. */
  give(buffer: Buffer, written: boolean): void {
    this.#lent--;
    if (written && this.#spare.length < MOST_SPARE) this.#spare.push(buffer);
  }
}
