import type { Socket } from 'node:net';
import { on } from '../../boundary/events.ts';
import type { Owner } from '../../boundary/owner.ts';
import { BULK_BYTES, giveBack } from '../../network/give-back.ts';
import { guardedReads } from '../../network/guarded-reads.ts';
import { readInto } from '../../network/lent-reads.ts';
import type { ReadBuffers } from '../../network/read-buffers.ts';
import { BulkBuffers } from './bulk-buffers.ts';

/** Who takes what a client sends. */
export interface ByteTaker extends Owner {
  /** The bytes before `end`. `lent`: the memory is the thread's, and used again when this returns: what is kept of it must be copied. */
  take(bytes: Buffer, end: number, lent: boolean): void;
  /** Whether the body of a request is being read. */
  readonly isInBody: boolean;
  /** Whether all that came of the body has been written to the backend, so that nobody holds any part of it. */
  flushBody(): boolean;
}

/** What a client's connection receives: read into memory of the thread where Node lets us, and of its own for bulk. */
export class ClientReads {
  readonly #taker: ByteTaker;
  readonly #thread: ReadBuffers;
  /** Null: no read has filled what is there for small ones. */
  #buffers: BulkBuffers | null = null;

  /** `socket`: paused. `raw`: the connection under it, the same where there is no TLS, which has memory of its own to decrypt into. */
  constructor(taker: ByteTaker, socket: Socket, raw: Socket, thread: ReadBuffers) {
    this.#taker = taker;
    this.#thread = thread;
    on(socket, 'data', taker, (chunk: Buffer) => this.#onData(chunk));
    if (socket !== raw) return;
    readInto(socket, thread.first, {
      onRead: guardedReads(taker, (count, buffer) => this.#onRead(count, buffer)),
      nextBuffer: () => this.#buffers?.next() ?? null,
    });
  }

  /** The request is over: the next one begins in the thread's memory. */
  settle(): void {
    this.#buffers?.give(false);
  }

  #onRead(count: number, buffer: Buffer): boolean {
    const taker = this.#taker;
    if (this.#buffers === null && count < buffer.length) {
      taker.take(buffer, count, true);
      return true;
    }
    this.#buffers ??= new BulkBuffers(this.#thread);
    const buffers = this.#buffers;
    buffers.note(buffer, count);
    const lent = buffers.isLent(buffer);
    taker.take(buffer, count, lent);
    // What was read into memory of its own may be in somebody's hands, whatever is read there.
    if (buffers.isBulk(buffer, count) && (!lent || taker.isInBody)) {
      buffers.after(buffer, () => taker.flushBody());
    }
    return true;
  }

  /** Put back by who looked first, or read by Node into memory of its own. */
  #onData(chunk: Buffer): void {
    const isBulk = this.#taker.isInBody && chunk.length > BULK_BYTES;
    this.#taker.take(chunk, chunk.length, false);
    // What was nothing but a part of a body is in nobody's hands once it is written.
    if (isBulk && this.#taker.flushBody()) giveBack(chunk);
  }
}
