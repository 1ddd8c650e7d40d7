import { ByteQueue } from '../byte-queue.ts';

/** A connection of which it is held. */
interface Home {
  /** So many bytes wait, or no longer do. */
  addUntaken(bytes: number): void;
}

/** Of a body that has come, what its backend has not taken yet: it counts with all that is held for its connection. */
export class UntakenBody {
  readonly #home: Home;
  /** What cannot be handed on yet: as much as the stream's window lets come. */
  readonly #queue = new ByteQueue();
  /** Bytes that have been handed on, and wait on the backend's side. */
  #ahead = 0;

  constructor(home: Home) {
    this.#home = home;
  }

  /** Of what cannot be handed on. Bytes. */
  get length(): number {
    return this.#queue.length;
  }

  push(bytes: Buffer, start: number, end: number): void {
    this.#queue.push(bytes, start, end);
    this.#home.addUntaken(end - start);
  }

  /** All that was pushed. */
  handOn(take: (bytes: Buffer, start: number, end: number) => void): void {
    const { bytes, start, end } = this.#queue;
    this.#queue.clear();
    this.#home.addUntaken(start - end);
    take(bytes, start, end);
  }

  /** So many bytes wait on the backend's side now. */
  waitsAhead(bytes: number): void {
    const change = bytes - this.#ahead;
    this.#ahead = bytes;
    if (change !== 0) this.#home.addUntaken(change);
  }

  /** Nobody will take it. */
  drop(): void {
    const { length } = this.#queue;
    this.#queue.clear();
    if (length > 0) this.#home.addUntaken(-length);
    this.waitsAhead(0);
  }
}
