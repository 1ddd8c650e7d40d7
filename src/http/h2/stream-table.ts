import type { Stream } from './stream.ts';

const LEAST = 2;

/**
 * The streams of a connection by id. Ids come and go by the thousand, for which a `Map` makes itself anew again and
 * again (see `LiveSet`); here the place is the id itself, and a table is as large as the most streams there were at once.
 */
export class StreamTable {
  #places: (Stream | null)[] = [];
  #mask = -1;
  size = 0;

  get(id: number): Stream | null {
    if (this.size === 0) return null;
    const places = this.#places;
    for (let at = (id >>> 1) & this.#mask; ; at = (at + 1) & this.#mask) {
      const stream = places[at]!;
      if (stream === null || stream.id === id) return stream;
    }
  }

  add(stream: Stream): void {
    if ((this.size + 1) * 2 > this.#places.length) this.#grow();
    this.size++;
    this.#put(stream);
  }

  delete(id: number): void {
    if (this.size === 0) return;
    const places = this.#places;
    let at = (id >>> 1) & this.#mask;
    while (places[at]?.id !== id) {
      if (places[at] === null) return;
      at = (at + 1) & this.#mask;
    }
    places[at] = null;
    this.size--;
    // Those behind it may have been displaced by it.
    for (let next = (at + 1) & this.#mask; places[next] !== null; next = (next + 1) & this.#mask) {
      const stream = places[next]!;
      places[next] = null;
      this.#put(stream);
    }
  }

  /** Those there are now, whoever goes meanwhile. */
  all(): Stream[] {
    return this.#places.filter((stream) => stream !== null);
  }

  #put(stream: Stream): void {
    let at = (stream.id >>> 1) & this.#mask;
    while (this.#places[at] !== null) at = (at + 1) & this.#mask;
    this.#places[at] = stream;
  }

  #grow(): void {
    const before = this.#places;
    this.#places = new Array(Math.max(LEAST, before.length * 2)).fill(null);
    this.#mask = this.#places.length - 1;
    for (const stream of before) if (stream !== null) this.#put(stream);
  }
}
