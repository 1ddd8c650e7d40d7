/** Most backends the shared cells can count. The memory is only touched, and so only used, by slots in use. */
export const MAX_SLOTS = 1 << 20;

const IN_FLIGHT = 0;
const FAILED_UNTIL = 1;
const CELLS_PER_SLOT = 2;

/**
 * What all threads must agree on about a backend, in memory they share: how many requests are under way,
 * and until when it counts as failed. Only atomic operations touch it.
 */
export class EndpointCells {
  readonly #cells: Int32Array;

  constructor(memory: SharedArrayBuffer) {
    this.#cells = new Int32Array(memory);
  }

  static allocate(slots: number = MAX_SLOTS): SharedArrayBuffer {
    return new SharedArrayBuffer(slots * CELLS_PER_SLOT * Int32Array.BYTES_PER_ELEMENT);
  }

  /** Adds a request to the slot's count; returns the count before it. */
  begin(slot: number): number {
    return Atomics.add(this.#cells, slot * CELLS_PER_SLOT + IN_FLIGHT, 1);
  }

  end(slot: number): void {
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

  /** A slot is handed out clean. In-flight requests of its last user may still end: their count is left alone. */
  reset(slot: number): void {
    this.clearFailed(slot);
  }
}
