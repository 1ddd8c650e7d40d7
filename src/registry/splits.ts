import type { Split } from '../routing/split.ts';

/** The splits of routes, by their keys, of those that are in the table and of those that may come. */
export class Splits {
  readonly #byKey = new Map<string, Split>();

  of(key: string): Split | null {
    return this.#byKey.get(key) ?? null;
  }

  /** @param split null: it is taken back */
  set(key: string, split: Split | null): void {
    if (split === null) this.#byKey.delete(key);
    else this.#byKey.set(key, split);
  }
}
