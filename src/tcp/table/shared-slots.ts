export interface SlotSource {
  take(): number | 'full';
  free(seat: number): void;
  /** Connections that still count in it. */
  inFlight(seat: number): number;
}

interface Holding {
  readonly seat: number;
  users: number;
}

/**
 * A seat per backend address, for as long as a route leads there or a connection is open to it: TCP connections
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
      const seat = this.#source.take();
      if (seat === 'full') return 'full';
      holding = { seat, users: 0 };
      this.#held.set(address, holding);
    }
    holding.users++;
    return holding.seat;
  }

  release(address: string): void {
    const holding = this.#held.get(address);
    if (holding !== undefined) holding.users--;
  }

  /** Whether a route leads there. */
  isUsed(address: string): boolean {
    return (this.#held.get(address)?.users ?? 0) > 0;
  }

  /** Gives back what nobody uses any more. */
  sweep(): void {
    for (const [address, { seat, users }] of this.#held) {
      if (users > 0 || this.#source.inFlight(seat) > 0) continue;
      this.#held.delete(address);
      this.#source.free(seat);
    }
  }
}
