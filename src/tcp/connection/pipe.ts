import type { Socket } from 'node:net';
import { guarded } from '../../boundary/boundary.ts';
import type { Owner } from '../../boundary/owner.ts';
import { giveBack } from '../../network/give-back.ts';
import { guardedReads } from '../../network/guarded-reads.ts';
import { readInto } from '../../network/lent-reads.ts';
import type { ReadBuffers } from '../../network/read-buffers.ts';

/** Bytes up to which copying costs less than a buffer of one's own. */
const SMALL_BYTES = 8 * 1024;

const NOTHING = Buffer.alloc(0);

/** One direction of a relay. Holds what its sink has not taken yet: one buffer at most, since its source is paused. */
export class Pipe {
  readonly #owner: Owner;
  readonly #source: Socket;
  readonly #sink: Socket;
  readonly #buffers: ReadBuffers;
  readonly #onWritten: (error?: Error | null) => void;
  #paused = false;
  /** Of a source that sends much. */
  #ownBuffer: Buffer | null = null;
  /** Memory to give back when all is written. */
  #spent: Buffer | null = null;
  bytes = 0;

  constructor(owner: Owner, buffers: ReadBuffers, source: Socket, sink: Socket) {
    this.#owner = owner;
    this.#buffers = buffers;
    this.#onWritten = guarded(owner, (error?: Error | null) => this.#resume(error ?? null));
    this.#source = source;
    this.#sink = sink;
  }

  /** Bytes of the sink are waiting, in a buffer that must not be overwritten. */
  get holdsBuffer(): boolean {
    return this.#paused;
  }

  /** What the source's next bytes are read into. */
  get buffer(): Buffer {
    return this.#ownBuffer ?? this.#buffers.shared;
  }

  /**
   * Has an accepted source read into `buffer` from here on. What it sent before comes as `data` all the same, and so does
   * everything where there is no such way. `onMoved`: something has come, and is not passed on yet.
   */
  lend(onMoved: () => void): void {
    let into = this.buffer;
    readInto(this.#source, into, {
      onRead: guardedReads(this.#owner, (count, buffer) => {
        onMoved();
        this.pass(count, buffer);
        return true;
      }),
      nextBuffer: () => {
        if (this.buffer === into) return null;
        into = this.buffer;
        return into;
      },
    });
  }

  /** Takes what the source sent. `buffer`: one that `buffer` has named; it is read into again when this returns. */
  pass(count: number, buffer: Buffer): void {
    if (buffer === this.#ownBuffer) {
      this.write(buffer, count);
      // One that says less now, and then nothing for long, is not to keep others from theirs.
      if (count < buffer.length && !this.#paused) this.#giveBuffer(true);
    } else if (count <= SMALL_BYTES) this.#writeCopy(buffer, count);
    else {
      // What is written may be taken later, when the shared buffer has other bytes.
      this.write(Buffer.from(buffer.subarray(0, count)), count);
      // Where there is more than one read takes it has a buffer of its own from now on.
      if (count === buffer.length) this.#ownBuffer = this.#buffers.take();
    }
  }

  /** Takes the first `length` bytes, of which the source keeps its hands off while `holdsBuffer`. */
  write(buffer: Buffer, length: number): void {
    this.bytes += length;
    if (this.#sink.destroyed) return;
    this.#sink.write(length === buffer.length ? buffer : buffer.subarray(0, length));
    if (this.#sink.writableLength > 0) this.#pause();
  }

  /** Takes a whole buffer that nobody else knows of: its memory is given back as soon as it is written. */
  writeOwned(buffer: Buffer): void {
    this.write(buffer, buffer.length);
    if (buffer.length <= SMALL_BYTES) return;
    if (this.#sink.writableLength === 0) giveBack(buffer);
    else this.#spent ??= buffer;
  }

  /** The source has said all it will. */
  end(): void {
    if (!this.#sink.destroyed) this.#sink.end();
  }

  /** Nothing is passed on from here. */
  close(): void {
    this.#giveBuffer(false);
  }

  /** Text of one character a byte is the cheapest copy to make and to write. */
  #writeCopy(buffer: Buffer, length: number): void {
    this.bytes += length;
    if (this.#sink.destroyed) return;
    this.#sink.write(buffer.toString('latin1', 0, length), 'latin1');
    if (this.#sink.writableLength > 0) this.#pause();
  }

  #giveBuffer(clean: boolean): void {
    if (this.#ownBuffer === null) return;
    this.#buffers.give(this.#ownBuffer, clean);
    this.#ownBuffer = null;
  }

  #pause(): void {
    if (this.#paused) return;
    this.#paused = true;
    this.#source.pause();
    this.#mark();
  }

  /** Called back when all before it is written. A callback with each write would cost a tick of the loop each. */
  #mark(): void {
    this.#sink.write(NOTHING, this.#onWritten);
  }

  #resume(error: Error | null): void {
    if (error === null && this.#sink.writableLength > 0) {
      this.#mark();
      return;
    }
    this.#paused = false;
    if (this.#spent !== null && error === null) giveBack(this.#spent);
    this.#spent = null;
    if (!this.#source.destroyed) this.#source.resume();
  }
}
