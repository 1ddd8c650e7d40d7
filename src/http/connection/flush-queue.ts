import type { Outbox } from './outbox.ts';

/**
 * Outboxes with something to write. They are all written when every socket that was ready has been read: the
 * other sides are then woken once for many messages, not for each.
 */
export class FlushQueue {
  #waiting: Outbox[] = [];
  readonly #run = () => this.#flushAll();

  add(outbox: Outbox): void {
    if (this.#waiting.push(outbox) === 1) setImmediate(this.#run);
  }

  #flushAll(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const outbox of waiting) outbox.flush();
  }
}
