import { generationBits, NO_SEAT, type Seat, slotOf } from './seat.ts';

/** The generation of the slot's holder and, below it, the requests under way over all threads. */
export const IN_FLIGHT = 0;
/** The second until which it counts as failed. */
export const FAILED_UNTIL = 1;
/** Requests whose response has not begun; each has a place among those under way too. */
export const AWAITED = 2;
export const CELLS_PER_SLOT = 4;

/** In a thread's share. */
export const SHARE_IN_FLIGHT = 0;
export const SHARE_AWAITED = 1;
export const SHARES_PER_SLOT = 2;

/** Of the first cell: far more than there can be connections. */
const COUNT_MASK = (1 << 20) - 1;

/** In place of a count: the seat is another's by now, and nothing was written. */
export const VOID = -1;

/** What `EndpointCells` of all threads share; crosses to them as it is. */
export interface EndpointBuffers {
  readonly cells: SharedArrayBuffer;
  /** One per thread: its own part of the two counts, per slot. */
  readonly shares: readonly SharedArrayBuffer[];
}

/** What a choice asks of it. */
export type ChoiceCells = Pick<
  EndpointCells,
  'inFlight' | 'isFull' | 'isFailed' | 'clearFailed' | 'begin' | 'end' | 'occupy'
>;

/**
 * What all threads must agree on about a backend, in memory they share: how many requests are under way, how many of
 * them await a response, and until when it counts as failed. One of these per thread. What is written for a seat whose
 * slot has been handed out again is void; and no slot is while one of its two counts is above 0.
 */
export class EndpointCells {
  /** Only atomic operations touch these. */
  readonly #cells: Int32Array;
  /** This thread's part of the counts, so that they can be put right should it die (`EndpointMemory.settle`). */
  readonly #share: Int32Array;

  /** `backends.max_conns` */
  #maxAwaited: number;

  /** `maxAwaited`: most requests per seat that may await a response at once; 0 is no limit. */
  constructor({ cells, shares }: EndpointBuffers, thread: number, maxAwaited = 0) {
    this.#cells = new Int32Array(cells);
    this.#share = new Int32Array(shares[thread]!);
    this.#maxAwaited = maxAwaited;
  }

  /** Changes the limit; requests that took a place keep it. */
  limitAwaited(maxAwaited: number): void {
    this.#maxAwaited = maxAwaited;
  }

  /** Adds a request to the backend's count; answers the count before it, or VOID. `end` must follow. */
  begin(seat: Seat): number {
    if (seat === NO_SEAT) return 0;
    const slot = slotOf(seat);
    const word = Atomics.add(this.#cells, slot * CELLS_PER_SLOT + IN_FLIGHT, 1);
    if (generationBits(word) !== generationBits(seat)) {
      Atomics.sub(this.#cells, slot * CELLS_PER_SLOT + IN_FLIGHT, 1);
      return VOID;
    }
    this.#share[slot * SHARES_PER_SLOT + SHARE_IN_FLIGHT]!++;
    return word & COUNT_MASK;
  }

  /** The same unless the count is `most` already; `false`: it is, or the seat is void. Never above it, not even for a moment. */
  beginBelow(seat: Seat, most: number): boolean {
    if (seat === NO_SEAT) return true;
    const slot = slotOf(seat);
    const at = slot * CELLS_PER_SLOT + IN_FLIGHT;
    for (let word = Atomics.load(this.#cells, at); this.#isBelow(word, seat, most); ) {
      const found = Atomics.compareExchange(this.#cells, at, word, word + 1);
      if (found === word) {
        this.#share[slot * SHARES_PER_SLOT + SHARE_IN_FLIGHT]!++;
        return true;
      }
      word = found;
    }
    return false;
  }

  /** What `begin` or `beginBelow` began is over. @throws when it had not been begun */
  end(seat: Seat): void {
    if (seat === NO_SEAT) return;
    const slot = slotOf(seat);
    const at = slot * SHARES_PER_SLOT + SHARE_IN_FLIGHT;
    // Nobody but this thread touches its share, and while that is above 0 the slot has not been handed out again.
    if (this.#share[at] === 0) throw new Error('a request was ended that had not begun');
    this.#share[at]!--;
    Atomics.sub(this.#cells, slot * CELLS_PER_SLOT + IN_FLIGHT, 1);
  }

  inFlight(seat: Seat): number {
    if (seat === NO_SEAT) return 0;
    return Atomics.load(this.#cells, slotOf(seat) * CELLS_PER_SLOT + IN_FLIGHT) & COUNT_MASK;
  }

  /** Whether `occupy` counts, so that `vacate` must follow. */
  limits(seat: Seat): boolean {
    return this.#maxAwaited > 0 && seat !== NO_SEAT;
  }

  /**
   * Takes one of the backend's places for a request that has begun and awaits its response; `false` when there is none
   * left.
   */
  occupy(seat: Seat): boolean {
    if (!this.limits(seat)) return true;
    const slot = slotOf(seat);
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

  /** Gives a place that was taken with `occupy` back. @throws when none was */
  vacate(seat: Seat): void {
    const slot = slotOf(seat);
    const at = slot * SHARES_PER_SLOT + SHARE_AWAITED;
    if (this.#share[at] === 0) throw new Error('a place was given back that had not been taken');
    this.#share[at]!--;
    Atomics.sub(this.#cells, slot * CELLS_PER_SLOT + AWAITED, 1);
  }

  isFull(seat: Seat): boolean {
    if (!this.limits(seat)) return false;
    return Atomics.load(this.#cells, slotOf(seat) * CELLS_PER_SLOT + AWAITED) >= this.#maxAwaited;
  }

  /**
   * Marks the backend as failed until `second`, on the process's monotonic clock in whole seconds. To be done before the
   * attempt that failed is ended: a slot is not handed out again while somebody counts in it.
   */
  markFailed(seat: Seat, second: number): void {
    this.#store(seat, second);
  }

  /** Of a backend in a pool of this thread. */
  clearFailed(seat: Seat): void {
    this.#store(seat, 0);
  }

  isFailed(seat: Seat, nowSecond: number): boolean {
    if (seat === NO_SEAT) return false;
    return Atomics.load(this.#cells, slotOf(seat) * CELLS_PER_SLOT + FAILED_UNTIL) > nowSecond;
  }

  #store(seat: Seat, second: number): void {
    if (seat === NO_SEAT) return;
    const at = slotOf(seat) * CELLS_PER_SLOT;
    if (generationBits(Atomics.load(this.#cells, at + IN_FLIGHT)) !== generationBits(seat)) return;
    Atomics.store(this.#cells, at + FAILED_UNTIL, second);
  }

  #isBelow(word: number, seat: Seat, most: number): boolean {
    return generationBits(word) === generationBits(seat) && (word & COUNT_MASK) < most;
  }
}
