const SLOTS = 12;

/** Requests of applications in the last twelve slots of time and the present one, of which there is a new one at each tick. */
export class TopApps {
  #slots: Map<string, number>[] = [new Map()];

  add(requests: Iterable<readonly [app: string, count: number]>): void {
    const slot = this.#slots[0]!;
    for (const [app, count] of requests) slot.set(app, (slot.get(app) ?? 0) + count);
  }

  tick(): void {
    this.#slots = [new Map(), ...this.#slots.slice(0, SLOTS)];
  }

  /** Those with the most requests, most first. */
  top(most: number): [app: string, count: number][] {
    const sums = new Map<string, number>();
    for (const slot of this.#slots) {
      for (const [app, count] of slot) sums.set(app, (sums.get(app) ?? 0) + count);
    }
    return [...sums].sort(([, a], [, b]) => b - a).slice(0, most);
  }
}
