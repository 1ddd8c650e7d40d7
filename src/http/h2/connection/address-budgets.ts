import { Budget } from './budget.ts';

/** Addresses remembered; the one that was heard of first gives way. */
const MOST_ADDRESSES = 10_000;

/** What the connections of one client address may cost together, and those that come after them: a thread's. */
export class AddressBudgets {
  /** The address heard of last behind the others. */
  readonly #byAddress = new Map<string, Budget>();

  /** `now`: monotonic milliseconds. */
  of(address: string, now: number): Budget {
    const known = this.#byAddress.get(address);
    if (known !== undefined) return known;
    this.#makeRoom(now);
    const budget = new Budget('address', now);
    this.#byAddress.set(address, budget);
    return budget;
  }

  /** Who has nothing to answer for any more is forgotten, a few at a time; and the first of all, where there are too many. */
  #makeRoom(now: number): void {
    let looked = 0;
    for (const [address, budget] of this.#byAddress) {
      if (budget.isFull(now)) this.#byAddress.delete(address);
      if (++looked === 4) break;
    }
    if (this.#byAddress.size < MOST_ADDRESSES) return;
    const [first] = this.#byAddress.keys();
    this.#byAddress.delete(first!);
  }
}
