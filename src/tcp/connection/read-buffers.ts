const BUFFER_BYTES = 128 * 1024;
/** Beyond this many bulk transfers at once on a thread, pieces are copied. */
const MAX_OWNED = 256;

/** Where backends' bytes are read into: one buffer for all, and one each for those that send much. */
export class ReadBuffers {
  readonly shared = Buffer.allocUnsafeSlow(BUFFER_BYTES);
  readonly #spare: Buffer[] = [];
  #owned = 0;

  /** Null when too many are out. */
  take(): Buffer | null {
    if (this.#owned >= MAX_OWNED) return null;
    this.#owned++;
    return this.#spare.pop() ?? Buffer.allocUnsafeSlow(BUFFER_BYTES);
  }

  /** @param clean whether the kernel can no longer be reading from it or writing to it */
  give(buffer: Buffer, clean: boolean): void {
    this.#owned--;
    if (clean && this.#spare.length < 16) this.#spare.push(buffer);
  }
}
