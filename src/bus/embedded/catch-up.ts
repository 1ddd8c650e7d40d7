import type { Owner } from '../../boundary/owner.ts';
import { every } from '../../boundary/timers.ts';

/** Who waits for a subscriber to catch up. */
export interface Waiting {
  /** To be called as often as it was made to wait. */
  goOn(): void;
}

const TICK_MS = 100;
/** So many ticks without a sign of reading, or until all is read: nobody waits any longer. A pause of the process is one. */
const MOST_SILENT = 10;
const MOST_IN_ALL = 50;

/**
 * A subscriber that has much to read yet. Whoever publishes to it waits until it has read all of it, while it goes on
 * reading and for five seconds at most: a burst from many publishers must not cut off a subscriber that keeps up in the end,
 * nor may one that reads slowly, or not at all, hold them up for long.
 */
export class CatchUp {
  readonly #owner: Owner;
  readonly #waiting = new Set<Waiting>();
  #state: 'even' | 'behind' | 'given-up' = 'even';
  #timer: NodeJS.Timeout | undefined;
  #silentTicks = 0;
  #ticks = 0;

  /** @param owner the subscriber */
  constructor(owner: Owner) {
    this.#owner = owner;
  }

  /** Whether nobody waits for it any longer, until it has read everything. */
  get isGivenUp(): boolean {
    return this.#state === 'given-up';
  }

  /** It has much to read. `publisher` waits for it, at most once. */
  hold(publisher: Waiting & { wait(): void }): void {
    if (this.#state === 'even') {
      this.#state = 'behind';
      this.#silentTicks = 0;
      this.#ticks = 0;
      this.#timer = every(TICK_MS, this.#owner, () => this.#tick());
    }
    if (this.#state !== 'behind' || this.#waiting.has(publisher)) return;
    this.#waiting.add(publisher);
    publisher.wait();
  }

  /** It has read something. */
  progress(): void {
    this.#silentTicks = 0;
  }

  /** It has read everything, or is gone. */
  end(): void {
    this.#state = 'even';
    this.#release();
  }

  #tick(): void {
    this.#silentTicks++;
    this.#ticks++;
    if (this.#silentTicks < MOST_SILENT && this.#ticks < MOST_IN_ALL) return;
    this.#state = 'given-up';
    this.#release();
  }

  #release(): void {
    clearInterval(this.#timer);
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const publisher of waiting) publisher.goOn();
  }
}
