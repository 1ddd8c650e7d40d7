import type { Socket } from 'node:net';
import type { FlushQueue } from '../../time/flush-queue.ts';

/** Bytes up to which copying into text and writing at the end of the turn beats writing at once. */
export const SMALL_BYTES = 8 * 1024;

const NOTHING = Buffer.alloc(0);

/** One direction of a relay. Holds what its sink has not taken yet: one buffer at most, since its source is paused. */
export class Pipe {
  readonly #source: Socket;
  readonly #sink: Socket;
  readonly #queue: FlushQueue;
  readonly #onWritten = () => this.#resume();
  /** Latin-1: one character is one byte. */
  #text = '';
  #queued = false;
  #ended = false;
  #paused = false;
  bytes = 0;

  constructor(source: Socket, sink: Socket, queue: FlushQueue) {
    this.#source = source;
    this.#sink = sink;
    this.#queue = queue;
  }

  /** Bytes of the sink are waiting, in a buffer that must not be overwritten. */
  get holdsBuffer(): boolean {
    return this.#paused;
  }

  /** Takes the first `length` bytes. */
  write(buffer: Buffer, length: number): void {
    this.bytes += length;
    if (length <= SMALL_BYTES && this.#text.length <= SMALL_BYTES) {
      this.#text += buffer.toString('latin1', 0, length);
      this.#enqueue();
      return;
    }
    this.#writeText();
    if (this.#sink.destroyed) return;
    this.#sink.write(length === buffer.length ? buffer : buffer.subarray(0, length));
    if (this.#sink.writableLength > 0) this.#pause();
  }

  /** The source has said all it will. */
  end(): void {
    this.#ended = true;
    this.#enqueue();
  }

  /** Writes what waits for the end of the turn. */
  flush(): void {
    this.#queued = false;
    this.#writeText();
    if (this.#ended && !this.#sink.destroyed) this.#sink.end();
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
    if (this.#sink.destroyed) return;
    this.#sink.write(text, 'latin1');
    if (this.#sink.writableLength > 0) this.#pause();
  }

  #pause(): void {
    if (this.#paused) return;
    this.#paused = true;
    this.#source.pause();
    // Called when all before it is written. A callback with each write would cost a tick of the loop each.
    this.#sink.write(NOTHING, this.#onWritten);
  }

  #resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    if (!this.#source.destroyed) this.#source.resume();
  }
}
