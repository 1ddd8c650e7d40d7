const BUFFER_BYTES = 64 * 1024;
/** Beyond so many bulk responses at once on a thread, pieces are copied. */
const MOST_LENT = 256;
const MOST_SPARE = 16;

/** Where backends' bytes are read into: one buffer for all, used up before the next read, and one each for bulk. */
export class ReadBuffers {
  readonly shared = Buffer.allocUnsafeSlow(BUFFER_BYTES);
  readonly #spare: Buffer[] = [];
  #lent = 0;

  /** A buffer of one's own; `null` when too many have one. */
  take(): Buffer | null {
    if (this.#lent >= MOST_LENT) return null;
    this.#lent++;
    return this.#spare.pop() ?? Buffer.allocUnsafeSlow(BUFFER_BYTES);
  }

  /** Back from `take`. `written`: the kernel reads no more from it. */
  give(buffer: Buffer, written: boolean): void {
    this.#lent--;
    if (written && this.#spare.length < MOST_SPARE) this.#spare.push(buffer);
  }
}
