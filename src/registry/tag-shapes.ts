import type { RecordStore } from './record-store.ts';

/** Kept for good, so there must be an end to them; a platform has one or two. */
const MOST = 256;

/** Writes down the names of tags that endpoints have, each combination once. */
export class TagShapes {
  readonly #records: RecordStore;
  readonly #places = new Map<string, number>();
  #last: readonly string[] = [];
  #lastPlace: number | null = null;

  constructor(records: RecordStore) {
    this.#records = records;
  }

  /** `names` in order. The same answer for the same names at all times. */
  placeOf(names: readonly string[]): number | null {
    if (this.#lastPlace !== null && isSame(names, this.#last)) return this.#lastPlace;
    const text = JSON.stringify(names);
    const place = this.#places.get(text) ?? this.#add(text);
    if (place === null) return null;
    this.#last = names;
    this.#lastPlace = place;
    return place;
  }

  #add(text: string): number | null {
    if (this.#places.size === MOST) return null;
    const place = this.#records.put(text);
    if (place === 'full') return null;
    this.#places.set(text, place);
    return place;
  }
}

function isSame(one: readonly string[], other: readonly string[]): boolean {
  if (one.length !== other.length) return false;
  for (let at = 0; at < one.length; at++) if (one[at] !== other[at]) return false;
  return true;
}
