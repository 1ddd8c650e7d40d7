interface Node<T> {
  readonly key: string;
  readonly value: T;
  older: Node<T> | null;
  newer: Node<T> | null;
}

/** Values by key, in the order in which they were put; the newest is at hand, however many come and go. */
export class Recency<T> {
  readonly #nodes = new Map<string, Node<T>>();
  #newest: Node<T> | null = null;

  get size(): number {
    return this.#nodes.size;
  }

  get newest(): T | undefined {
    return this.#newest?.value;
  }

  put(key: string, value: T): void {
    this.delete(key);
    const node = { key, value, older: this.#newest, newer: null };
    if (this.#newest !== null) this.#newest.newer = node;
    this.#newest = node;
    this.#nodes.set(key, node);
  }

  delete(key: string): void {
    const node = this.#nodes.get(key);
    if (node === undefined) return;
    this.#nodes.delete(key);
    const { older, newer } = node;
    if (older !== null) older.newer = newer;
    if (newer === null) this.#newest = older;
    else newer.older = older;
  }
}
