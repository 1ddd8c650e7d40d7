/** Sizes up to this one have a list each. */
const LARGE = 512;

/**
 * Which stretches of the record memory are free, in units. A stretch that comes back joins its free neighbours, and a
 * large one is split, so that memory in which nothing is held is one stretch again, whatever sizes came and went.
 */
export class Places {
  /** Free stretches by where they begin, and by where they end. */
  readonly #sizes = new Map<number, number>();
  readonly #beginnings = new Map<number, number>();
  /** Where free stretches of each size begin; the last list has the large ones. */
  readonly #bySize: Set<number>[] = Array.from({ length: LARGE + 1 }, () => new Set<number>());
  /** A bit for each list that is not empty. */
  readonly #lists = new Int32Array((LARGE + 32) >> 5);
  #end = 0;

  /** Units from the first place to the last that is in use. */
  get end(): number {
    return this.#end;
  }

  /** Where a free stretch of that size begins; -1: there is none, and the memory goes on at `end`. */
  take(units: number): number {
    const size = units < LARGE ? this.#leastList(units) : LARGE;
    if (size < 0) return -1;
    if (size < LARGE) return this.#cut(first(this.#bySize[size]!), size, units);
    for (const begin of this.#bySize[LARGE]!) {
      const found = this.#sizes.get(begin)!;
      if (found >= units) return this.#cut(begin, found, units);
    }
    return -1;
  }

  /** The memory in use goes on by so many units; answers where they begin. */
  extend(units: number): number {
    const begin = this.#end;
    this.#end += units;
    return begin;
  }

  /** Back from `take` or `extend`. */
  give(begin: number, units: number): void {
    let from = begin;
    let to = begin + units;
    const before = this.#beginnings.get(from);
    if (before !== undefined) {
      this.#remove(before, from - before);
      from = before;
    }
    const behind = this.#sizes.get(to);
    if (behind !== undefined) {
      this.#remove(to, behind);
      to += behind;
    }
    if (to === this.#end) this.#end = from;
    else this.#add(from, to - from);
  }

  #cut(begin: number, size: number, units: number): number {
    this.#remove(begin, size);
    if (size > units) this.#add(begin + units, size - units);
    return begin;
  }

  #add(begin: number, size: number): void {
    const list = Math.min(size, LARGE);
    this.#sizes.set(begin, size);
    this.#beginnings.set(begin + size, begin);
    this.#bySize[list]!.add(begin);
    this.#lists[list >> 5]! |= 1 << (list & 31);
  }

  #remove(begin: number, size: number): void {
    const list = Math.min(size, LARGE);
    this.#sizes.delete(begin);
    this.#beginnings.delete(begin + size);
    const places = this.#bySize[list]!;
    places.delete(begin);
    if (places.size === 0) this.#lists[list >> 5]! &= ~(1 << (list & 31));
  }

  /** The first list from `size` on that has something; -1: none. */
  #leastList(size: number): number {
    let word = size >> 5;
    let bits = this.#lists[word]! & (-1 << (size & 31));
    while (bits === 0) {
      if (++word === this.#lists.length) return -1;
      bits = this.#lists[word]!;
    }
    return word * 32 + (31 - Math.clz32(bits & -bits));
  }
}

function first(places: Set<number>): number {
  for (const place of places) return place;
  throw new Error('a list of free places that should have one has none');
}
