import {
  AWAITED,
  CELLS_PER_SLOT,
  type EndpointBuffers,
  FAILED_UNTIL,
  IN_FLIGHT,
  MAX_SLOTS,
  OWN_SLOTS,
  SHARE_AWAITED,
  SHARE_IN_FLIGHT,
  SHARES_PER_SLOT,
} from './endpoint-cells.ts';

/** The control thread's side of the endpoint cells: allots them, hands slots out clean, settles for dead threads. */
export class EndpointMemory {
  readonly buffers: EndpointBuffers;
  readonly #cells: Int32Array;

  constructor(threads: number, slots: number = MAX_SLOTS + OWN_SLOTS) {
    const cells = (count: number) => new SharedArrayBuffer(count * Int32Array.BYTES_PER_ELEMENT);
    this.buffers = {
      cells: cells(slots * CELLS_PER_SLOT),
      shares: Array.from({ length: threads }, () => cells(slots * SHARES_PER_SLOT)),
    };
    this.#cells = new Int32Array(this.buffers.cells);
  }

  /** In-flight requests of the slot's last user may still end: their count is left alone. */
  reset(slot: number): void {
    Atomics.store(this.#cells, slot * CELLS_PER_SLOT + FAILED_UNTIL, 0);
  }

  inFlight(slot: number): number {
    return Atomics.load(this.#cells, slot * CELLS_PER_SLOT + IN_FLIGHT);
  }

  /** Takes the requests of a thread that is gone off the counts: nobody else will end them. */
  settle(thread: number): void {
    const share = new Int32Array(this.buffers.shares[thread]!);
    for (let slot = 0, at = 0; at < share.length; slot++, at += SHARES_PER_SLOT) {
      const [inFlight, awaited] = [share[at + SHARE_IN_FLIGHT]!, share[at + SHARE_AWAITED]!];
      if (inFlight === 0 && awaited === 0) continue;
      Atomics.sub(this.#cells, slot * CELLS_PER_SLOT + IN_FLIGHT, inFlight);
      Atomics.sub(this.#cells, slot * CELLS_PER_SLOT + AWAITED, awaited);
      share.fill(0, at, at + SHARES_PER_SLOT);
    }
  }
}
