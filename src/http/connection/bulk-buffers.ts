import type { ReadBuffers } from '../../network/read-buffers.ts';

/** Bytes of one read from which on it is bulk. */
const BULK_BYTES = 16 * 1024;

/**
 * Where one connection's bytes are read into: the beginning of the thread's buffer, whose bytes must be copied to be
 * kept; when that was full, all of it; and after a read of much one of its own, so that they need not be copied.
 */
export class BulkBuffers {
  readonly #thread: ReadBuffers;
  #own: Buffer | null = null;
  /** Those of before, of which the other side's connection has not written everything yet. */
  readonly #spent: Buffer[] = [];
  /** Whether more comes than fits into the beginning. */
  #isAmple = false;
  /** What is read into next. */
  #into: Buffer;

  constructor(thread: ReadBuffers) {
    this.#thread = thread;
    this.#into = thread.first;
  }

  /** Whether the next read goes into it too. */
  isLent(buffer: Buffer): boolean {
    return buffer === this.#thread.shared || buffer === this.#thread.first;
  }

  /** So much has been read into it. */
  note(buffer: Buffer, count: number): void {
    if (count === buffer.length) this.#isAmple = true;
  }

  /** Much may come. */
  widen(): void {
    this.#isAmple = true;
  }

  /** Whether so much in it makes a difference to where the next bytes go; then `after` must follow. */
  isBulk(buffer: Buffer, count: number): boolean {
    return buffer === this.#own || (this.isLent(buffer) && count > BULK_BYTES);
  }

  /** After a read of much the next goes into a buffer of its own, and what was read into that is written at once. `flush`: whether all is. */
  after(buffer: Buffer, flush: () => boolean): void {
    if (this.isLent(buffer)) {
      this.#own ??= this.#thread.take();
    } else if (flush()) {
      this.#giveSpent(true);
    } else {
      // A peer that does not keep up: what it has not taken stays where it is.
      this.#spent.push(this.#own!);
      this.#own = null;
    }
  }

  /** What the next read goes into; `null`: the same as the one before. */
  next(): Buffer | null {
    const next = this.#own ?? (this.#isAmple ? this.#thread.shared : this.#thread.first);
    if (next === this.#into) return null;
    this.#into = next;
    return next;
  }

  /** The message is over. `written`: no connection waits to write anything of the present one. */
  give(written: boolean): void {
    this.#isAmple = false;
    if (this.#own !== null) this.#thread.give(this.#own, written);
    this.#own = null;
    this.#giveSpent(false);
  }

  #giveSpent(written: boolean): void {
    while (this.#spent.length > 0) this.#thread.give(this.#spent.pop()!, written);
  }
}
