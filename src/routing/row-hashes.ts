/** Of cells, a power of two. */
const FIRST_CAPACITY = 64;
/** In use of eight. */
const FULLEST = 5;
/** Numbers of a cell: hash and reference. */
const SIZE = 2;
const REFERENCE = 1;

/**
 * Rows by the hash of their keys, and how many keys go on behind a prefix with a hash: an open table in one array,
 * because as objects it would be most of what a thread needs for a large table.
 */
export class RowHashes {
  /** A reference is a row + 1, or the negative number of keys that go on; 0 is that of a free cell. */
  #cells = new Int32Array(SIZE * FIRST_CAPACITY);
  #mask = FIRST_CAPACITY - 1;
  #used = 0;

  /** Where the search for a hash begins: cells are to be looked at in turn from there, with `after`. */
  first(hash: number): number {
    return SIZE * (hash & this.#mask);
  }

  after(cell: number): number {
    const next = cell + SIZE;
    return next === this.#cells.length ? 0 : next;
  }

  hashAt(cell: number): number {
    return this.#cells[cell]!;
  }

  referenceAt(cell: number): number {
    return this.#cells[cell + REFERENCE]!;
  }

  addRow(hash: number, row: number): void {
    this.#insert(hash, row + 1);
  }

  removeRow(hash: number, row: number): void {
    const cell = this.#find(hash, (reference) => reference === row + 1);
    if (cell >= 0) this.#free(cell);
  }

  /** One more key goes on behind the prefix with this hash. */
  addPrefix(hash: number): void {
    const cell = this.#find(hash, isPrefix);
    if (cell < 0) this.#insert(hash, -1);
    else this.#cells[cell + REFERENCE]!--;
  }

  removePrefix(hash: number): void {
    const cell = this.#find(hash, isPrefix);
    if (cell >= 0 && ++this.#cells[cell + REFERENCE]! === 0) this.#free(cell);
  }

  #find(hash: number, wanted: (reference: number) => boolean): number {
    for (let cell = this.first(hash); this.referenceAt(cell) !== 0; cell = this.after(cell)) {
      if (this.hashAt(cell) === hash && wanted(this.referenceAt(cell))) return cell;
    }
    return -1;
  }

  #insert(hash: number, reference: number): void {
    if (++this.#used * 8 > (this.#mask + 1) * FULLEST) this.#grow();
    this.#put(hash, reference);
  }

  #put(hash: number, reference: number): void {
    let cell = this.first(hash);
    while (this.referenceAt(cell) !== 0) cell = this.after(cell);
    this.#cells[cell] = hash;
    this.#cells[cell + REFERENCE] = reference;
  }

  /** What lies behind it, and would no longer be found, moves up (Knuth, 6.4 R). */
  #free(cell: number): void {
    this.#used--;
    const cells = this.#cells;
    let hole = cell;
    for (let next = this.after(cell); this.referenceAt(next) !== 0; next = this.after(next)) {
      if (this.#distance(this.first(this.hashAt(next)), next) < this.#distance(hole, next)) continue;
      cells[hole] = cells[next]!;
      cells[hole + REFERENCE] = cells[next + REFERENCE]!;
      hole = next;
    }
    cells[hole + REFERENCE] = 0;
  }

  #distance(from: number, to: number): number {
    return to >= from ? to - from : to - from + this.#cells.length;
  }

  #grow(): void {
    const cells = this.#cells;
    this.#cells = new Int32Array(2 * cells.length);
    this.#mask = 2 * this.#mask + 1;
    for (let cell = 0; cell < cells.length; cell += SIZE) {
      const reference = cells[cell + REFERENCE]!;
      if (reference !== 0) this.#put(cells[cell]!, reference);
    }
    // Gives its memory back now: the collector of a heap with little in it comes late.
    cells.buffer.transfer(0);
  }
}

function isPrefix(reference: number): boolean {
  return reference < 0;
}
