import type { Socket } from 'node:net';
import { guarded } from '../../boundary/boundary.ts';
import type { Owner } from '../../boundary/owner.ts';
import { giveBack } from '../../network/give-back.ts';

/** Bytes up to which copying costs less than a buffer of one's own. */
export const SMALL_BYTES = 8 * 1024;

const NOTHING = Buffer.alloc(0);

/** One direction of a relay. Holds what its sink has not taken yet: one buffer at most, since its source is paused. */
export class Pipe {
  readonly #source: Socket;
  readonly #sink: Socket;
  readonly #onWritten: (error?: Error | null) => void;
  #paused = false;
  /** Memory to give back when all is written. */
  #spent: Buffer | null = null;
  bytes = 0;

  constructor(owner: Owner, source: Socket, sink: Socket) {
    this.#onWritten = guarded(owner, (error?: Error | null) => this.#resume(error ?? null));
    this.#source = source;
    this.#sink = sink;
  }

  /** Bytes of the sink are waiting, in a buffer that must not be overwritten. */
  get holdsBuffer(): boolean {
    return this.#paused;
  }

  /** Takes the first `length` bytes, of which the source keeps its hands off while `holdsBuffer`. */
  write(buffer: Buffer, length: number): void {
    this.bytes += length;
    if (this.#sink.destroyed) return;
    this.#sink.write(length === buffer.length ? buffer : buffer.subarray(0, length));
    if (this.#sink.writableLength > 0) this.#pause();
  }

  /** Takes a copy: text of one character a byte is the cheapest to make and to write. */
  writeCopy(buffer: Buffer, length: number): void {
    this.bytes += length;
    if (this.#sink.destroyed) return;
    this.#sink.write(buffer.toString('latin1', 0, length), 'latin1');
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
