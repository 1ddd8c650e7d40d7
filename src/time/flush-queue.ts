import { giveUp } from '../boundary/boundary.ts';
import { ONE_ROUND, type Owner } from '../boundary/owner.ts';
import { soon } from '../boundary/timers.ts';

interface Flushable {
  /** Who is given up when its flush throws. */
  readonly owner: Owner;
  flush(): void;
}

/**
 * What has something to write. All of it is written when every socket that was ready has been read: the other
 * sides are then woken once for many messages, not for each (decision 0007). One that throws keeps no other from it.
 */
export class FlushQueue {
  #waiting: Flushable[] = [];
  readonly #run = () => this.#flushAll();

  add(one: Flushable): void {
    if (this.#waiting.push(one) === 1) soon(ONE_ROUND, this.#run);
  }

  #flushAll(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const one of waiting) {
      try {
        one.flush();
      } catch (error) {
        giveUp(one.owner, error);
      }
    }
  }
}
