import type { Split } from '../routing/split.ts';

/** The splits of routes, by their keys, of those that are in the table and of those that may come. */
export class Splits {
  readonly #byKey = new Map<string, Split>();

  of(key: string): Split | null {
    // Mostly there are none, and a table that is restored has each of its routes asked for.
    return this.#byKey.size === 0 ? null : (this.#byKey.get(key) ?? null);
  }

  /** @param split null: it is taken back */
  set(key: string, split: Split | null): void {
    if (split === null) this.#byKey.delete(key);
    else this.#byKey.set(key, split);
  }
}
