export interface SlotSource {
  take(): number | 'full';
  free(slot: number): void;
  /** Connections that still count in it. */
  inFlight(slot: number): number;
}

interface Holding {
  readonly slot: number;
  users: number;
}

/**
 * A slot per backend address, for as long as a route leads there or a connection is open to it: TCP connections
 * live long, and one that outlives its route must not count for another backend.
 */
export class SharedSlots {
  readonly #source: SlotSource;
  readonly #held = new Map<string, Holding>();

  constructor(source: SlotSource) {
    this.#source = source;
  }

  acquire(address: string): number | 'full' {
    let holding = this.#held.get(address);
    if (holding === undefined) {
      const slot = this.#source.take();
      if (slot === 'full') return 'full';
      holding = { slot, users: 0 };
      this.#held.set(address, holding);
    }
    holding.users++;
    return holding.slot;
  }

  release(address: string): void {
    const holding = this.#held.get(address);
    if (holding !== undefined) holding.users--;
  }

  /** Gives back what nobody uses any more. */
  sweep(): void {
    for (const [address, { slot, users }] of this.#held) {
      if (users > 0 || this.#source.inFlight(slot) > 0) continue;
      this.#held.delete(address);
      this.#source.free(slot);
    }
  }
}
