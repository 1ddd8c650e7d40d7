import { MAX_SLOTS } from '../routing/endpoint-cells.ts';

/** Hands out the indexes of the shared endpoint cells. */
export class Slots {
  readonly #cells: { reset(slot: number): void };
  readonly #capacity: number;
  #fresh = 0;
  #freed: number[] = [];
  #firstFreed = 0;

  constructor(cells: { reset(slot: number): void }, capacity: number = MAX_SLOTS) {
    this.#cells = cells;
    this.#capacity = capacity;
  }

  /** A slot nobody holds, clean; `full` when there is none. */
  take(): number | 'full' {
    const slot = this.#next();
    if (slot !== 'full') this.#cells.reset(slot);
    return slot;
  }

  free(slot: number): void {
    this.#freed.push(slot);
  }

  /** Longest unused first: a request still under way at the last holder must not mark the next one as failed. */
  #next(): number | 'full' {
    const slot = this.#freed[this.#firstFreed];
    if (slot === undefined) return this.#fresh < this.#capacity ? this.#fresh++ : 'full';
    this.#firstFreed++;
    if (this.#firstFreed * 2 > this.#freed.length) {
      this.#freed = this.#freed.slice(this.#firstFreed);
      this.#firstFreed = 0;
    }
    return slot;
  }
}
