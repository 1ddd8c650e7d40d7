const LINE = 64;

/** The body of a large object: its token again and again, so that every byte shows whose it is. */
export class ObjectBody {
  readonly #lines: Buffer;
  readonly #piece: number;

  /** `piece`: the longest piece, in bytes, that is made or checked at once. */
  constructor(token: string, piece: number) {
    this.#piece = piece;
    this.#lines = Buffer.alloc(piece + LINE, token.padEnd(LINE - 1, '.') + '\n', 'latin1');
  }

  /** Up to `length` bytes of the body from `offset` on. */
  piece(offset: number, length: number): Buffer {
    const start = offset % LINE;
    return this.#lines.subarray(start, start + Math.min(length, this.#piece));
  }

  /** Whether `bytes` are what stands at `offset`. */
  matches(offset: number, bytes: Buffer): boolean {
    for (let at = 0; at < bytes.length; ) {
      const expected = this.piece(offset + at, bytes.length - at);
      if (expected.compare(bytes, at, at + expected.length) !== 0) return false;
      at += expected.length;
    }
    return true;
  }
}
