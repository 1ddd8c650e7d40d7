import { MAX_SLOTS, type Seat } from '../routing/seat.ts';

/** See `EndpointMemory`. */
export interface SeatMemory {
  end(seat: Seat): Seat | null;
}

/**
 * Hands out places in the shared endpoint cells, each to one backend at a time: a slot that comes back is another seat.
 */
export class Seats {
  readonly #memory: SeatMemory;
  readonly #capacity: number;
  #fresh = 0;
  /** Longest unused first. */
  #free: Seat[] = [];
  #first = 0;

  constructor(memory: SeatMemory, capacity: number = MAX_SLOTS) {
    this.#memory = memory;
    this.#capacity = capacity;
  }

  /** A seat that nobody has had; `full` when there is none. */
  take(): Seat | 'full' {
    const seat = this.#free[this.#first];
    if (seat === undefined) return this.#fresh < this.#capacity ? this.#fresh++ : 'full';
    this.#first++;
    if (this.#first * 2 > this.#free.length) {
      this.#free = this.#free.slice(this.#first);
      this.#first = 0;
    }
    return seat;
  }

  /** Back from `take`, once no thread's table leads there; `false` while requests under way count in it. */
  end(seat: Seat): boolean {
    const next = this.#memory.end(seat);
    if (next === null) return false;
    this.#free.push(next);
    return true;
  }

  /** Back from `take`; no thread has heard of it. */
  giveBack(seat: Seat): void {
    this.#free.push(seat);
  }
}
