/**
 * Where all threads count for one backend: its slot in the memory they share and, above that, its generation. A slot is
 * handed out again, a seat is not (but after 2048 others in the same slot): who holds one of before writes nothing.
 */
export type Seat = number;

const SLOT_BITS = 20;
/** Most backends the shared cells can count. The memory is only touched, and so only used, by slots in use. */
export const MAX_SLOTS = 1 << SLOT_BITS;
const SLOT_MASK = MAX_SLOTS - 1;
/** Seats are small integers of V8's, so there are 31 bits. */
const GENERATIONS = 1 << (31 - SLOT_BITS);

/** Of a backend that only its own thread knows: nothing is counted. */
export const NO_SEAT: Seat = -1;

export function seatOf(slot: number, generation: number): Seat {
  return (generation << SLOT_BITS) | slot;
}

export function slotOf(seat: Seat): number {
  return seat & SLOT_MASK;
}

/** The generation where it stands in a seat, for comparison. */
export function generationBits(seat: Seat): number {
  return seat & ~SLOT_MASK;
}

/** Of the slot's next holder. */
export function nextSeat(seat: Seat): Seat {
  return seatOf(slotOf(seat), ((seat >>> SLOT_BITS) + 1) % GENERATIONS);
}
