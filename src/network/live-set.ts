/** What is in a `LiveSet`, which alone touches this. */
export interface Live {
  /** -1: in none. */
  livePlace: number;
}

/**
 * Connections there are, of which thousands come and go in a second. A `Set` makes itself anew every hundred or so of
 * them, and each of its tables holds the next one and what was in it: once one of these is old, V8 takes all that come
 * after it, and the connections in them, for alive until it collects the whole heap.
 */
export class LiveSet<T extends Live> {
  readonly #members: T[] = [];

  get size(): number {
    return this.#members.length;
  }

  add(member: T): void {
    if (member.livePlace < 0) member.livePlace = this.#members.push(member) - 1;
  }

  delete(member: T): void {
    const { livePlace } = member;
    if (livePlace < 0) return;
    member.livePlace = -1;
    const last = this.#members.pop()!;
    if (last === member) return;
    this.#members[livePlace] = last;
    last.livePlace = livePlace;
  }

  /** Those there are now, whoever goes meanwhile. */
  [Symbol.iterator](): Iterator<T> {
    return [...this.#members][Symbol.iterator]();
  }
}
