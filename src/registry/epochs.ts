/** What waits for threads to have applied the end of things. */
interface Waiting {
  sweep(): void;
}

/**
 * Numbers of the batches of changes that go to all threads, and how far each thread is with them. What a batch ends is
 * handed out again only after every thread has applied it: until then some replica may still use it.
 */
export class Epochs {
  /** By thread: the last batch that it has applied. */
  readonly #applied: Int32Array;
  /** Threads that there are not: nobody there reads anything. */
  readonly #vacant = new Set<number>();
  readonly #waiting: Waiting[] = [];
  #current = 0;

  constructor(applied: SharedArrayBuffer) {
    this.#applied = new Int32Array(applied);
  }

  /** Number of the batch that changes made now belong to. Goes round, so that it is differences that count. */
  get current(): number {
    return this.#current;
  }

  /** Before any batch. */
  startFrom(epoch: number): void {
    this.#current = epoch;
  }

  add(waiting: Waiting): void {
    this.#waiting.push(waiting);
  }

  /** The changes up to now are a batch on its way: its number. */
  next(): number {
    const sent = this.#current;
    this.#current = (sent + 1) | 0;
    this.sweep();
    return sent;
  }

  /** Hands back whatever nobody can use any more. */
  sweep(): void {
    for (const waiting of this.#waiting) waiting.sweep();
  }

  /** A thread that starts will know nothing of earlier batches. */
  restart(thread: number): void {
    this.#vacant.delete(thread);
    Atomics.store(this.#applied, thread, (this.#current - 1) | 0);
  }

  /** There is no such thread until its next `restart`: nothing waits for it. */
  vacate(thread: number): void {
    this.#vacant.add(thread);
  }

  /** By all threads. */
  isApplied(epoch: number): boolean {
    for (let thread = 0; thread < this.#applied.length; thread++) {
      if (this.#vacant.has(thread)) continue;
      if (((Atomics.load(this.#applied, thread) - epoch) | 0) < 0) return false;
    }
    return true;
  }
}
