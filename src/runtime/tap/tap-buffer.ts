/** Records that wait for a reader, who says how many it has had: asked again with the same number it gets the same, and more. */
export class TapBuffer<Each> {
  readonly #most: number;
  #waiting: Each[] = [];
  /** How many came before those. */
  #first = 0;
  #dropped = 0;

  /** @param most that wait; what comes beyond is counted alone */
  constructor(most: number) {
    this.#most = most;
  }

  /** That there was no room for, since it began. */
  get dropped(): number {
    return this.#dropped;
  }

  /** @param dropped others that had been lost before */
  put(records: readonly Each[], dropped = 0): void {
    const room = this.#most - this.#waiting.length;
    this.#waiting.push(...records.slice(0, room));
    this.#dropped += dropped + Math.max(0, records.length - room);
  }

  /** @param after how many were had @param fitting how many of those that wait go into this answer */
  read(
    after: number,
    fitting: (waiting: readonly Each[]) => number = (waiting) => waiting.length,
  ): { readonly records: readonly Each[]; readonly next: number } {
    const had = Math.min(Math.max(0, after - this.#first), this.#waiting.length);
    this.#waiting.splice(0, had);
    this.#first += had;
    const records = this.#waiting.slice(0, fitting(this.#waiting));
    return { records, next: this.#first + records.length };
  }
}
