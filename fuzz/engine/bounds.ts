import type { Head } from '../../src/http/message/head.ts';
import type { HeadLimits } from '../../src/http/message/head-limits.ts';

/** Chunk sizes, extensions and their line ends that may stand between two bytes of a body. */
const CHUNK_OVERHEAD = 17 * 1024;

/** Counts what the engine does with the bytes of one connection. @throws Error when it goes beyond its limits */
export class Bounds {
  readonly #limits: HeadLimits;
  #steps: number;
  #withoutAnswer = 0;

  constructor(pieces: readonly string[], limits: HeadLimits) {
    this.#limits = limits;
    this.#steps = 16 + pieces.reduce((sum, piece) => sum + 2 + 2 * piece.length, 0);
  }

  step(): void {
    if (--this.#steps < 0) throw new Error('hang: too many steps for these bytes');
  }

  /** `count` bytes were taken and gave neither a head nor body bytes. */
  tookHeadBytes(count: number): void {
    this.#take(count, this.#limits.bytes);
  }

  tookChunkBytes(count: number): void {
    this.#take(count, this.#limits.bytes + CHUNK_OVERHEAD);
  }

  gaveSomething(): void {
    this.#withoutAnswer = 0;
  }

  checkHead(head: Head): void {
    // Line ends may have been mended.
    const grown = head.oddities === 0 ? 0 : head.count + 2;
    if (head.text.length > this.#limits.bytes + grown) throw new Error('a head longer than its limit');
    if (head.count > this.#limits.fields) throw new Error('more header lines than the limit');
  }

  #take(count: number, most: number): void {
    this.#withoutAnswer += count;
    if (this.#withoutAnswer > most) throw new Error('more bytes held than the limit');
  }
}
