import { contain } from '../../boundary/boundary.ts';
import type { Owner } from '../../boundary/owner.ts';

/** A connection that waits. */
export interface Waiter extends Owner {
  readonly port: number;
  /** It may look for its backend again; answers whether it waits no longer. `full`: lots that are known to have no place. */
  retry(full: Set<object>): boolean;
}

/** Connections of one port that wait for a place at a backend, the longest waiting first. */
export class WaitingLine {
  readonly #most: number;
  readonly #waiting: Waiter[] = [];
  #state: 'resting' | 'serving' | 'again' = 'resting';

  constructor(most: number) {
    this.#most = most;
  }

  /** `false` when too many wait. */
  add(relay: Waiter): boolean {
    if (this.#waiting.length >= this.#most) return false;
    this.#waiting.push(relay);
    return true;
  }

  remove(relay: Waiter): void {
    const place = this.#waiting.indexOf(relay);
    if (place >= 0) this.#waiting.splice(place, 1);
  }

  /** Lets each look for its backend again: a place may be free, a route different or gone. */
  serve(): void {
    if (this.#waiting.length === 0) return;
    if (this.#state !== 'resting') {
      // One that ends makes a place for another.
      this.#state = 'again';
      return;
    }
    do this.#serveEach();
    while (this.#isAskedAgain());
    this.#state = 'resting';
  }

  #serveEach(): void {
    this.#state = 'serving';
    const full = new Set<object>();
    for (const relay of [...this.#waiting]) {
      contain(relay, () => {
        if (relay.retry(full)) this.remove(relay);
      });
    }
  }

  #isAskedAgain(): boolean {
    return this.#state === 'again';
  }
}
