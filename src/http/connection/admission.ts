/** Why a new connection is turned away. */
export type Refusal = 'memory' | 'too_many_connections' | 'too_many_connections_from_address';

/** Counts a thread's client connections, in all and by address, against their limits. */
export class Admission {
  #max: number;
  #maxPerAddress: number;
  readonly #byAddress = new Map<string, number>();
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
    if (this.#maxPerAddress > 0 && (this.#byAddress.get(address) ?? 0) >= this.#maxPerAddress) {
      return 'too_many_connections_from_address';
    }
    return null;
  }

  enter(address: string): void {
    this.#count++;
    this.#byAddress.set(address, (this.#byAddress.get(address) ?? 0) + 1);
  }

  leave(address: string): void {
    this.#count--;
    const left = this.#byAddress.get(address)! - 1;
    if (left > 0) this.#byAddress.set(address, left);
    else this.#byAddress.delete(address);
  }
}
