/** Why a new connection is turned away. */
export type Refusal = 'memory' | 'too_many_connections' | 'too_many_connections_from_address';

/** Of one address that has connections. */
export interface AddressCount {
  readonly address: string;
  connections: number;
}

/** Counts a thread's client connections, in all and by address, against their limits. */
export class Admission {
  #max: number;
  #maxPerAddress: number;
  readonly #byAddress = new Map<string, AddressCount>();
  #count = 0;
  /** Set while memory is short: what is there is served to its end, nothing new begins. */
  memoryIsShort = false;

  /** 0 is no limit. */
  constructor(max: number, maxPerAddress: number) {
    this.#max = max;
    this.#maxPerAddress = maxPerAddress;
  }

  /** Nobody is turned out: the new limits are for those who come. */
  limit(max: number, maxPerAddress: number): void {
    this.#max = max;
    this.#maxPerAddress = maxPerAddress;
  }

  /** `null` when one more from `address` is within the limits. */
  refusal(address: string): Refusal | null {
    if (this.memoryIsShort) return 'memory';
    if (this.#max > 0 && this.#count >= this.#max) return 'too_many_connections';
    if (this.#maxPerAddress > 0 && (this.#byAddress.get(address)?.connections ?? 0) >= this.#maxPerAddress) {
      return 'too_many_connections_from_address';
    }
    return null;
  }

  /** Answers what `leave` is to be called with. */
  enter(address: string): AddressCount {
    this.#count++;
    let count = this.#byAddress.get(address);
    if (count === undefined) {
      count = { address, connections: 0 };
      this.#byAddress.set(address, count);
    }
    count.connections++;
    return count;
  }

  leave(count: AddressCount): void {
    this.#count--;
    count.connections--;
    if (count.connections === 0) this.#byAddress.delete(count.address);
  }
}
