/** Most backends the shared cells can count. The memory is only touched, and so only used, by slots in use. */
export const MAX_SLOTS = 1 << 20;
/** Behind those: slots that each thread hands out by itself, to what is no registered backend. */
export const OWN_SLOTS = 1024;

export const IN_FLIGHT = 0;
export const FAILED_UNTIL = 1;
export const CELLS_PER_SLOT = 2;

/** What `EndpointCells` of all threads share; crosses to them as it is. */
export interface EndpointBuffers {
  /** Per slot the requests under way over all threads, and the second until which it counts as failed. */
  readonly cells: SharedArrayBuffer;
  /** One per thread: its own requests under way, per slot. */
  readonly shares: readonly SharedArrayBuffer[];
}

/**
 * What all threads must agree on about a backend, in memory they share: how many requests are under way,
 * and until when it counts as failed. One of these per thread.
 */
export class EndpointCells {
  /** Only atomic operations touch these. */
  readonly #cells: Int32Array;
  /** This thread's part of the counts, so that they can be put right should it die (`EndpointMemory.settle`). */
  readonly #share: Int32Array;

  constructor({ cells, shares }: EndpointBuffers, thread: number) {
    this.#cells = new Int32Array(cells);
    this.#share = new Int32Array(shares[thread]!);
  }

  /** Adds a request to the slot's count; returns the count before it. */
  begin(slot: number): number {
    this.#share[slot]!++;
    return Atomics.add(this.#cells, slot * CELLS_PER_SLOT + IN_FLIGHT, 1);
  }

  end(slot: number): void {
    this.#share[slot]!--;
    Atomics.sub(this.#cells, slot * CELLS_PER_SLOT + IN_FLIGHT, 1);
  }

  inFlight(slot: number): number {
    return Atomics.load(this.#cells, slot * CELLS_PER_SLOT + IN_FLIGHT);
  }

  /** Marks the backend as failed until `second`, on the process's monotonic clock in whole seconds. */
  markFailed(slot: number, second: number): void {
    Atomics.store(this.#cells, slot * CELLS_PER_SLOT + FAILED_UNTIL, second);
  }

  clearFailed(slot: number): void {
    Atomics.store(this.#cells, slot * CELLS_PER_SLOT + FAILED_UNTIL, 0);
  }

  isFailed(slot: number, nowSecond: number): boolean {
    return Atomics.load(this.#cells, slot * CELLS_PER_SLOT + FAILED_UNTIL) > nowSecond;
  }
}
