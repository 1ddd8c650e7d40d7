/** A connection with bytes that its peers do not take. */
interface Holder {
  /** Bytes. */
  readonly held: number;
  /** There is too much of it, and of all this one has most. */
  shed(): void;
}

/** All that clients on HTTP/2 have not read, and backends have not, of a thread: bounded, whoever it is that does not. */
export class HeldMemory {
  readonly #most: number;
  readonly #holders = new Set<Holder>();
  #held = 0;

  /** @param most bytes */
  constructor(most: number) {
    this.#most = most;
  }

  enter(holder: Holder): void {
    this.#holders.add(holder);
  }

  leave(holder: Holder): void {
    this.#holders.delete(holder);
  }

  get held(): number {
    return this.#held;
  }

  /** More is held by somebody now, or less. */
  change(bytes: number): void {
    this.#held += bytes;
    if (bytes > 0 && this.#held > this.#most) this.#shedLargest();
  }

  #shedLargest(): void {
    let largest: Holder | null = null;
    for (const holder of this.#holders) if (largest === null || holder.held > largest.held) largest = holder;
    largest?.shed();
  }
}
