/** Most backends the shared cells can count. The memory is only touched, and so only used, by slots in use. */
export const MAX_SLOTS = 1 << 20;

export const IN_FLIGHT = 0;
export const FAILED_UNTIL = 1;
export const CELLS_PER_SLOT = 2;

/** The memory that `EndpointCells` of all threads share; crosses to them as it is. */
export interface EndpointBuffers {
  /** Per slot the requests under way over all threads, and the second until which it counts as failed. */
  readonly cells: SharedArrayBuffer;
  /** One per thread: its own requests under way, per slot. */
  readonly shares: readonly SharedArrayBuffer[];
}

/** The control thread's side of the shared cells: hands slots out clean, and settles for threads that die. */
export class EndpointMemory {
  readonly buffers: EndpointBuffers;

  constructor(threads: number, slots: number = MAX_SLOTS) {
    const cells = (count: number) => new SharedArrayBuffer(count * Int32Array.BYTES_PER_ELEMENT);
    this.buffers = {
      cells: cells(slots * CELLS_PER_SLOT),
      shares: Array.from({ length: threads }, () => cells(slots)),
    };
  }

  /** In-flight requests of a slot's last user may still end: their count is left alone. */
  reset(slot: number): void {
    Atomics.store(new Int32Array(this.buffers.cells), slot * CELLS_PER_SLOT + FAILED_UNTIL, 0);
  }

  /** Ends all requests of a thread that is gone: nobody else will. */
  settle(thread: number): void {
    const cells = new Int32Array(this.buffers.cells);
    const share = new Int32Array(this.buffers.shares[thread]!);
    for (let slot = 0; slot < share.length; slot++) {
      const own = share[slot]!;
      if (own !== 0) Atomics.sub(cells, slot * CELLS_PER_SLOT + IN_FLIGHT, own);
    }
    share.fill(0);
  }
}
