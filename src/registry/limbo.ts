import type { Epochs } from './epochs.ts';

/** Of those that are still in use, looked at in one sweep. */
const MOST_IN_USE = 64;

interface Ended<T> {
  readonly thing: T;
  readonly epoch: number;
}

/**
 * Things that have ended and may not be handed out again yet: first until every thread has applied the batch in which
 * they ended, then until nobody counts in them (epoch-based reclamation's limbo list).
 */
export class Limbo<T> {
  readonly #epochs: Epochs;
  readonly #free: (thing: T) => boolean;
  /** Oldest first. */
  #ended: Ended<T>[] = [];
  #first = 0;
  /** Every thread has let go of them, but something that had begun goes on. */
  #inUse: T[] = [];

  /** @param free takes the thing back; `false`: it is still in use, and is offered again */
  constructor(epochs: Epochs, free: (thing: T) => boolean) {
    this.#epochs = epochs;
    this.#free = free;
    epochs.add(this);
  }

  get size(): number {
    return this.#ended.length - this.#first + this.#inUse.length;
  }

  /** It ends in the present batch. */
  add(thing: T): void {
    this.#ended.push({ thing, epoch: this.#epochs.current });
  }

  sweep(): void {
    this.#sweepInUse();
    for (let next = this.#ended[this.#first]; next !== undefined; next = this.#ended[this.#first]) {
      if (!this.#epochs.isApplied(next.epoch)) break;
      this.#first++;
      if (!this.#free(next.thing)) this.#inUse.push(next.thing);
    }
    if (this.#first * 2 <= this.#ended.length) return;
    this.#ended = this.#ended.slice(this.#first);
    this.#first = 0;
  }

  /** Some of them, in turn. */
  #sweepInUse(): void {
    const looked = this.#inUse.splice(0, MOST_IN_USE);
    for (const thing of looked) if (!this.#free(thing)) this.#inUse.push(thing);
  }
}
