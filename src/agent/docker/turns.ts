/** Lets so many be busy at a time; the others wait in the order in which they have come. */
export class Turns {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  /** @param places from 1 */
  constructor(places: number) {
    this.#free = places;
  }

  /** Resolves when there is a place, which `leave` gives back. */
  async enter(): Promise<void> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  leave(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#free++;
    else next();
  }
}
