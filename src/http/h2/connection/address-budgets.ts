import { LRUCache } from 'lru-cache';
import { Budget } from './budget.ts';

/** Addresses remembered; the one that was not heard of for longest gives way. */
const MOST_ADDRESSES = 10_000;

/** What the connections of one client address may cost together, and those that come after them: a thread's. */
export class AddressBudgets {
  readonly #byAddress = new LRUCache<string, Budget>({ max: MOST_ADDRESSES });

  /** `now`: monotonic milliseconds. */
  of(address: string, now: number): Budget {
    const key = networkOf(address);
    const known = this.#byAddress.get(key);
    if (known !== undefined) return known;
    this.#forgetSome(now);
    const budget = new Budget('address', now);
    this.#byAddress.set(key, budget);
    return budget;
  }

  /** Who has nothing to answer for any more, a few at a time, those first that were not heard of for longest. */
  #forgetSome(now: number): void {
    for (const address of this.#byAddress.rkeys().take(4).toArray()) {
      if (this.#byAddress.peek(address)!.isFull(now)) this.#byAddress.delete(address);
    }
  }
}

/** Of IPv6 the first 64 bits, since whoever has one address there has them all (RFC 6177 §2); of IPv4 the address. */
function networkOf(address: string): string {
  if (!address.includes(':')) return address;
  const [front = '', back] = address.split('::', 2);
  const groups = front.split(':').filter((group) => group !== '');
  const behind = back === undefined ? 0 : back.split(':').filter((group) => group !== '').length;
  while (back !== undefined && groups.length + behind < IPV6_GROUPS) groups.push('0');
  return groups.slice(0, NETWORK_GROUPS).join(':') || '::';
}

const IPV6_GROUPS = 8;
const NETWORK_GROUPS = 4;
