import {
  AWAITED,
  CELLS_PER_SLOT,
  type EndpointBuffers,
  FAILED_UNTIL,
  IN_FLIGHT,
  SHARE_AWAITED,
  SHARE_IN_FLIGHT,
  SHARES_PER_SLOT,
} from './endpoint-cells.ts';
import { generationBits, MAX_SLOTS, nextSeat, type Seat, slotOf } from './seat.ts';

/** The control thread's side of the endpoint cells: allots them, ends seats, settles for dead threads. */
export class EndpointMemory {
  readonly buffers: EndpointBuffers;
  readonly #cells: Int32Array;

  constructor(threads: number, slots: number = MAX_SLOTS) {
    const cells = (count: number) => new SharedArrayBuffer(count * Int32Array.BYTES_PER_ELEMENT);
    this.buffers = {
      cells: cells(slots * CELLS_PER_SLOT),
      shares: Array.from({ length: threads }, () => cells(slots * SHARES_PER_SLOT)),
    };
    this.#cells = new Int32Array(this.buffers.cells);
  }

  /**
   * Ends a seat, so that its slot can be handed out again: from here on whatever is written for it is void. Answers the
   * slot's next seat, clean; `null` while requests under way count in it.
   */
  end(seat: Seat): Seat | null {
    const at = slotOf(seat) * CELLS_PER_SLOT;
    const next = nextSeat(seat);
    const idle = generationBits(seat);
    // In one step: a request that begins at the same moment either keeps the seat or finds it void.
    if (Atomics.compareExchange(this.#cells, at + IN_FLIGHT, idle, generationBits(next)) !== idle)
      return null;
    Atomics.store(this.#cells, at + FAILED_UNTIL, 0);
    Atomics.store(this.#cells, at + AWAITED, 0);
    return next;
  }

  /** The second until which a backend counts as failed; 0: it does not, or the seat is another's by now. */
  failedUntil(seat: Seat): number {
    return this.#isHeld(seat) ? Atomics.load(this.#cells, slotOf(seat) * CELLS_PER_SLOT + FAILED_UNTIL) : 0;
  }

  /** Requests that await a response, where those are limited; 0 if the seat is another's by now. */
  awaited(seat: Seat): number {
    return this.#isHeld(seat) ? Atomics.load(this.#cells, slotOf(seat) * CELLS_PER_SLOT + AWAITED) : 0;
  }

  #isHeld(seat: Seat): boolean {
    const word = Atomics.load(this.#cells, slotOf(seat) * CELLS_PER_SLOT + IN_FLIGHT);
    return generationBits(word) === generationBits(seat);
  }

  /** Takes the requests of a thread that is gone off the counts: nobody else will end them. */
  settle(thread: number): void {
    const share = new Int32Array(this.buffers.shares[thread]!);
    for (let slot = 0, at = 0; at < share.length; slot++, at += SHARES_PER_SLOT) {
      const [inFlight, awaited] = [share[at + SHARE_IN_FLIGHT]!, share[at + SHARE_AWAITED]!];
      if (inFlight === 0 && awaited === 0) continue;
      // In this order: a slot whose first count is 0 may be handed out again.
      Atomics.sub(this.#cells, slot * CELLS_PER_SLOT + AWAITED, awaited);
      Atomics.sub(this.#cells, slot * CELLS_PER_SLOT + IN_FLIGHT, inFlight);
      share.fill(0, at, at + SHARES_PER_SLOT);
    }
  }
}
