interface Entry<Item> {
  readonly due: number;
  /** Of two that are due at the same time, the first that was noted comes first. */
  readonly turn: number;
  readonly item: Item;
}

/** What is to be done when, the soonest first: a binary heap. */
export class Agenda<Item> {
  readonly #heap: Entry<Item>[] = [];
  #turn = 0;

  get size(): number {
    return this.#heap.length;
  }

  /** When the first is due; null: nothing is noted. */
  get soonest(): number | null {
    return this.#heap[0]?.due ?? null;
  }

  note(due: number, item: Item): void {
    const heap = this.#heap;
    const entry = { due, turn: this.#turn++, item };
    let at = heap.length;
    heap.push(entry);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!precedes(entry, heap[parent]!)) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = entry;
  }

  /** The first that is due by now, taken off; null: none is. */
  take(now: number): Item | null {
    const heap = this.#heap;
    const first = heap[0];
    if (first === undefined || first.due > now) return null;
    const last = heap.pop()!;
    if (heap.length > 0) this.#sink(last);
    return first.item;
  }

  #sink(entry: Entry<Item>): void {
    const heap = this.#heap;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && precedes(heap[child + 1]!, heap[child]!)) child++;
      if (!precedes(heap[child]!, entry)) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = entry;
  }
}

function precedes<Item>(a: Entry<Item>, b: Entry<Item>): boolean {
  return a.due < b.due || (a.due === b.due && a.turn < b.turn);
}
