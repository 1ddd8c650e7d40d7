import type { Socket } from 'node:net';
import type { Owner } from '../../boundary/owner.ts';
import { AT_ONCE_BYTES, writeAtOnce } from '../../network/text-at-once.ts';
import type { FlushQueue } from '../../time/flush-queue.ts';

/** Bytes up to which copying into text and writing once beats a vectored write. */
const INLINE_BYTES = AT_ONCE_BYTES;

/** Bytes waiting in one turn beyond which it is not worth waiting for the others: memory is bounded by this per socket. */
const PROMPT_BYTES = 128 * 1024;

/** Hears of each write: `false` when the peer does not keep up and the source should pause until `drain`. */
export type OnFlushed = (flowing: boolean) => void;

/**
 * What is to be written to a socket, gathered so that a head and what is there of its body leave in one system
 * call. Text is Latin-1: one character is one byte.
 */
export class Outbox {
  readonly owner: Owner;
  readonly #socket: Socket;
  readonly #queue: FlushQueue;
  readonly #onFlushed: OnFlushed;
  #text = '';
  #queued = false;
  #corked = false;

  constructor(owner: Owner, socket: Socket, queue: FlushQueue, onFlushed: OnFlushed) {
    this.owner = owner;
    this.#socket = socket;
    this.#queue = queue;
    this.#onFlushed = onFlushed;
  }

  text(text: string): void {
    this.#text += text;
    this.#enqueue();
  }

  /** Whether it is to be flushed at the end of the turn. */
  get isQueued(): boolean {
    return this.#queued;
  }

  /** Whether the kernel has taken everything. */
  get isEmpty(): boolean {
    return this.#text === '' && this.#socket.writableLength === 0;
  }

  /**
   * `borrowed`: the buffer will be overwritten before the turn is over, so larger pieces are copied. Others are not,
   * and must stay as they are until `isEmpty`.
   */
  bytes(buffer: Buffer, start: number, end: number, borrowed: boolean): void {
    const length = end - start;
    this.#enqueue();
    if (!this.#corked && this.#text.length + length <= INLINE_BYTES) {
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
    if (this.#socket.writableLength >= PROMPT_BYTES) this.flush();
  }

  /** Writes now what would be written at the end of the turn. */
  flush(): void {
    this.#queued = false;
    // Behind the end there is nothing to be said.
    if (this.#socket.destroyed || this.#socket.writableEnded) return;
    this.#writeText();
    if (this.#corked) {
      this.#corked = false;
      this.#socket.uncork();
    }
    const { writableNeedDrain, writableLength } = this.#socket;
    // What was taken at once needs no drain, though Node will still tell of one.
    this.#onFlushed(!writableNeedDrain || writableLength === 0);
  }

  #enqueue(): void {
    if (this.#queued) return;
    this.#queued = true;
    this.#queue.add(this);
  }

  #writeText(): void {
    if (this.#text === '') return;
    const text = this.#text;
    this.#text = '';
    writeAtOnce(this.#socket, text);
  }
}
