import type { Socket } from 'node:net';

/** Bytes up to which copying into text and writing once beats a vectored write. */
const INLINE_BYTES = 8 * 1024;

/**
 * What is to be written to a socket in this turn, so that a head and what is there of its body leave in one
 * system call. Text is Latin-1: one character is one byte.
 */
export class Outbox {
  readonly #socket: Socket;
  #text = '';
  #corked = false;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  text(text: string): void {
    this.#text += text;
  }

  /** `borrowed`: the buffer will be overwritten when this turn is over, so larger pieces are copied. */
  bytes(buffer: Buffer, start: number, end: number, borrowed: boolean): void {
    const length = end - start;
    if (length <= INLINE_BYTES && !this.#corked && this.#text.length <= INLINE_BYTES) {
      this.#text += buffer.toString('latin1', start, end);
      return;
    }
    if (!this.#corked) {
      this.#socket.cork();
      this.#corked = true;
    }
    this.#writeText();
    const piece = buffer.subarray(start, end);
    this.#socket.write(borrowed ? Buffer.from(piece) : piece);
  }

  /** Writes all of it; `false` when the peer does not keep up and the source should pause until `drain`. */
  flush(): boolean {
    this.#writeText();
    if (this.#corked) {
      this.#corked = false;
      this.#socket.uncork();
    }
    return !this.#socket.writableNeedDrain;
  }

  #writeText(): void {
    if (this.#text === '') return;
    const text = this.#text;
    this.#text = '';
    this.#socket.write(text, 'latin1');
  }
}
