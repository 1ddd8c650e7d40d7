import { contain } from '../boundary/boundary.ts';
import { ONE_MESSAGE } from '../boundary/owner.ts';
import { type Decision, type DecisionEntry, isDecision } from './decision.ts';
import type { DecisionListener } from './decision-store.ts';

/** What is decided, as far as this router knows, and who wants to hear of changes. It outlives the stores that fill it. */
export class LatestDecisions {
  readonly #decisions = new Map<string, Decision>();
  readonly #listeners = new Set<DecisionListener>();
  #revision = 0;

  /** The highest that was seen; 0: none. */
  get revision(): number {
    return this.#revision;
  }

  get size(): number {
    return this.#decisions.size;
  }

  all(): Decision[] {
    return [...this.#decisions.values()];
  }

  /** The next step; one that was seen before changes nothing. */
  apply(entry: DecisionEntry): void {
    if (entry.revision <= this.#revision) return;
    this.#set(entry);
    this.#tell(entry);
  }

  /**
   * The last steps of all keys, of a store that has been read from the start. What it does not have is taken back.
   * @param unread keys of which the last step cannot be read: they stay as they are
   */
  replace(entries: readonly DecisionEntry[], unread: ReadonlySet<string> = new Set()): void {
    const before = new Map(this.#decisions);
    this.#revision = 0;
    for (const entry of entries) {
      const known = before.get(entry.key);
      before.delete(entry.key);
      this.#set(entry);
      const isNews = known === undefined ? isDecision(entry) : !isSame(known, entry);
      if (isNews) this.#tell(entry);
    }
    for (const [key, decision] of before) {
      if (unread.has(key)) continue;
      this.#decisions.delete(key);
      this.#tell({ ...decision, value: null });
    }
  }

  /** See `DecisionStore.watch`. */
  watch(listener: DecisionListener): () => void {
    this.#listeners.add(listener);
    for (const decision of this.all()) contain(ONE_MESSAGE, () => listener(decision));
    return () => this.#listeners.delete(listener);
  }

  #set(entry: DecisionEntry): void {
    this.#revision = Math.max(this.#revision, entry.revision);
    if (isDecision(entry)) this.#decisions.set(entry.key, entry);
    else this.#decisions.delete(entry.key);
  }

  #tell(entry: DecisionEntry): void {
    for (const listener of this.#listeners) contain(ONE_MESSAGE, () => listener(entry));
  }
}

function isSame(known: Decision, entry: DecisionEntry): boolean {
  const { value, ...about } = known;
  return (
    about.revision === entry.revision &&
    about.at === entry.at &&
    about.by === entry.by &&
    JSON.stringify(value) === JSON.stringify(entry.value)
  );
}
