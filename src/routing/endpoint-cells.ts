/** Most backends the shared cells can count. The memory is only touched, and so only used, by slots in use. */
export const MAX_SLOTS = 1 << 20;
/** Behind those: slots that each thread hands out by itself, to what is no registered backend. */
export const OWN_SLOTS = 1024;

export const IN_FLIGHT = 0;
export const FAILED_UNTIL = 1;
export const AWAITED = 2;
export const CELLS_PER_SLOT = 4;

/** In a thread's share. */
export const SHARE_IN_FLIGHT = 0;
export const SHARE_AWAITED = 1;
export const SHARES_PER_SLOT = 2;

/** What `EndpointCells` of all threads share; crosses to them as it is. */
export interface EndpointBuffers {
  /**
   * Per slot the requests under way over all threads, the second until which it counts as failed, and the requests
   * whose response has not begun.
   */
  readonly cells: SharedArrayBuffer;
  /** One per thread: its own part of the two counts, per slot. */
  readonly shares: readonly SharedArrayBuffer[];
}

/**
 * What all threads must agree on about a backend, in memory they share: how many requests are under way, how many of
 * them await a response, and until when it counts as failed. One of these per thread.
 */
export class EndpointCells {
  /** Only atomic operations touch these. */
  readonly #cells: Int32Array;
  /** This thread's part of the counts, so that they can be put right should it die (`EndpointMemory.settle`). */
  readonly #share: Int32Array;

  /** `backends.max_conns` */
  #maxAwaited: number;

  /** `maxAwaited`: most requests per slot that may await a response at once; 0 is no limit. */
  constructor({ cells, shares }: EndpointBuffers, thread: number, maxAwaited = 0) {
    this.#cells = new Int32Array(cells);
    this.#share = new Int32Array(shares[thread]!);
    this.#maxAwaited = maxAwaited;
  }

  /** Changes the limit; requests that took a place keep it. */
  limitAwaited(maxAwaited: number): void {
    this.#maxAwaited = maxAwaited;
  }

  /** Whether `occupy` counts, so that `vacate` must follow. A thread's own slots are not the same on another. */
  limits(slot: number): boolean {
    return this.#maxAwaited > 0 && slot < MAX_SLOTS;
  }

  /** Takes one of the slot's places for a request that awaits its response; `false` when there is none left. */
  occupy(slot: number): boolean {
    if (!this.limits(slot)) return true;
    const at = slot * CELLS_PER_SLOT + AWAITED;
    // Never above the limit, not even for a moment: another thread would turn its request away for nothing.
    for (let count = Atomics.load(this.#cells, at); count < this.#maxAwaited; ) {
      const found = Atomics.compareExchange(this.#cells, at, count, count + 1);
      if (found === count) {
        this.#share[slot * SHARES_PER_SLOT + SHARE_AWAITED]!++;
        return true;
      }
      count = found;
    }
    return false;
  }

  /** Gives a place that was taken with `occupy` back. */
  vacate(slot: number): void {
    this.#share[slot * SHARES_PER_SLOT + SHARE_AWAITED]!--;
    Atomics.sub(this.#cells, slot * CELLS_PER_SLOT + AWAITED, 1);
  }

  isFull(slot: number): boolean {
    return (
      this.#maxAwaited > 0 && Atomics.load(this.#cells, slot * CELLS_PER_SLOT + AWAITED) >= this.#maxAwaited
    );
  }

  /** Adds a request to the slot's count; returns the count before it. */
  begin(slot: number): number {
    this.#share[slot * SHARES_PER_SLOT + SHARE_IN_FLIGHT]!++;
    return Atomics.add(this.#cells, slot * CELLS_PER_SLOT + IN_FLIGHT, 1);
  }

  /** The same unless the count is `most` already; `false`: it is. Never above it, not even for a moment. */
  beginBelow(slot: number, most: number): boolean {
    const at = slot * CELLS_PER_SLOT + IN_FLIGHT;
    for (let count = Atomics.load(this.#cells, at); count < most; ) {
      const found = Atomics.compareExchange(this.#cells, at, count, count + 1);
      if (found === count) {
        this.#share[slot * SHARES_PER_SLOT + SHARE_IN_FLIGHT]!++;
        return true;
      }
      count = found;
    }
    return false;
  }

  end(slot: number): void {
    this.#share[slot * SHARES_PER_SLOT + SHARE_IN_FLIGHT]!--;
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
