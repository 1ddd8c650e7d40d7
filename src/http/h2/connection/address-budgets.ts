import { Budget } from './budget.ts';

/** Addresses remembered; the one that was not heard of for longest gives way. */
const MOST_ADDRESSES = 10_000;

/** What the connections of one client address may cost together, and those that come after them: a thread's. */
export class AddressBudgets {
  /** The address heard of last behind the others. */
  readonly #byAddress = new Map<string, Budget>();

  /** `now`: monotonic milliseconds. */
  of(address: string, now: number): Budget {
    const key = networkOf(address);
    const known = this.#byAddress.get(key);
    if (known !== undefined) {
      this.#byAddress.delete(key);
      this.#byAddress.set(key, known);
      return known;
    }
    this.#makeRoom(now);
    const budget = new Budget('address', now);
    this.#byAddress.set(key, budget);
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
