import { type Head, MOST_LINE_BYTES, writeLine } from './line.ts';

const BLOCK_BYTES = 1024 * 1024;
/** What a line may take up before it is known to be too long: a character has three bytes at most. */
const MOST_ROOM = 4 * MOST_LINE_BYTES;

/** Lines in a row, as bytes: a table's are too many to be texts first. */
export class LineBlock {
  readonly #bytes = Buffer.allocUnsafeSlow(BLOCK_BYTES);
  readonly #seed: number;
  #length = 0;

  /** @param seed of this writing */
  constructor(seed: number) {
    this.#seed = seed;
  }

  /** Good until the block is written to again. */
  get bytes(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  get isFull(): boolean {
    return this.#length + MOST_ROOM > BLOCK_BYTES;
  }

  clear(): void {
    this.#length = 0;
  }

  /**
   * Unless it is too long for a line, or longer than `mostBytes`: answers how many it has, 0 then. Not to be called
   * when the block is full.
   */
  add(head: Head, json: string, mostBytes: number): number {
    if (json.length > MOST_LINE_BYTES) return 0;
    const length = writeLine(this.#bytes, this.#length, head, json, this.#seed);
    if (length > MOST_LINE_BYTES || length > mostBytes) return 0;
    this.#length += length;
    return length;
  }
}
