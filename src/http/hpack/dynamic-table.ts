import type { Field } from './field.ts';

const FIRST_CAPACITY = 8;
const NOTHING: (Field | null)[] = [];

/** The fields that the peer has had remembered, the newest first (RFC 7541 §2.3.2). Without entries it has no memory. */
export class DynamicTable {
  /** A ring whose length is a power of two. */
  #ring = NOTHING;
  #newest = 0;
  #count = 0;
  #size = 0;
  #maxSize: number;

  /** `maxSize`: octets, as entries count (RFC 7541 §4.1). */
  constructor(maxSize: number) {
    this.#maxSize = maxSize;
  }

  /** Octets that the entries count. */
  get size(): number {
    return this.#size;
  }

  get count(): number {
    return this.#count;
  }

  /** The entry `behind` the newest, which is 0; `null` when there are not that many. */
  get(behind: number): Field | null {
    if (behind >= this.#count) return null;
    return this.#ring[(this.#newest - behind) & (this.#ring.length - 1)]!;
  }

  /** A field that is larger than the table empties it, and is not kept (RFC 7541 §4.4). */
  insert(field: Field): void {
    this.#evictTo(this.#maxSize - field.size);
    if (field.size > this.#maxSize) return;
    if (this.#count === this.#ring.length) this.#grow();
    this.#newest = (this.#newest + 1) & (this.#ring.length - 1);
    this.#ring[this.#newest] = field;
    this.#count++;
    this.#size += field.size;
  }

  /** Octets (RFC 7541 §4.3). */
  resize(maxSize: number): void {
    this.#maxSize = maxSize;
    this.#evictTo(maxSize);
    if (this.#count === 0) this.#ring = NOTHING;
  }

  #evictTo(size: number): void {
    while (this.#size > size && this.#count > 0) {
      const oldest = (this.#newest - this.#count + 1) & (this.#ring.length - 1);
      this.#size -= this.#ring[oldest]!.size;
      // What is evicted is not to be held by its place.
      this.#ring[oldest] = null;
      this.#count--;
    }
  }

  #grow(): void {
    const ring = new Array<Field | null>(Math.max(FIRST_CAPACITY, 2 * this.#ring.length)).fill(null);
    for (let behind = 0; behind < this.#count; behind++) ring[this.#count - 1 - behind] = this.get(behind);
    this.#ring = ring;
    this.#newest = (this.#count - 1) & (ring.length - 1);
  }
}
