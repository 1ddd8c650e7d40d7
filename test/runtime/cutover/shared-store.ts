import type { Decision, DecisionEntry, JsonObject } from '../../../src/decisions/decision.ts';
import type {
  DecisionListener,
  DecisionStore,
  StoreState,
  WriteOutcome,
} from '../../../src/decisions/decision-store.ts';

/** What JetStream is to many routers: one place, compare-and-set, and everybody hears of every step. */
export class SharedStore {
  readonly decisions = new Map<string, Decision>();
  readonly history: DecisionEntry[] = [];
  readonly #listeners = new Set<DecisionListener>();
  isAway = false;
  /** Called once, before whoever writes next has its answer. */
  onPut: (() => Promise<unknown>) | null = null;
  #revision = 0;

  /** As one router sees it. @param isCut whether that router is cut off */
  view(isCut: () => boolean = () => false): DecisionStore {
    const away = (): boolean => this.isAway || isCut();
    const write = async (
      key: string,
      value: JsonObject | null,
      by: string,
      expected: number,
    ): Promise<WriteOutcome> => {
      if (away()) return { outcome: 'away', why: 'the store is away' };
      const current = this.decisions.get(key) ?? null;
      if ((current?.revision ?? 0) !== expected) {
        return { outcome: 'conflict', current, revision: current?.revision ?? 0 };
      }
      // As it comes back from a real one.
      const read = value === null ? null : (JSON.parse(JSON.stringify(value)) as JsonObject);
      const entry = { key, value: read, revision: ++this.#revision, at: 0, by };
      if (read === null) this.decisions.delete(key);
      else this.decisions.set(key, { ...entry, value: read });
      this.history.push(entry);
      for (const listener of this.#listeners) listener(entry);
      const { onPut } = this;
      this.onPut = null;
      await onPut?.();
      return { outcome: 'ok', revision: entry.revision };
    };
    return {
      get state(): StoreState {
        return away() ? { name: 'away', since: 0, why: 'the store is away' } : { name: 'reachable' };
      },
      current: () => [...this.decisions.values()],
      put: write,
      remove: (key, by, expected) => write(key, null, by, expected),
      history: async () => ({ outcome: 'ok', entries: this.history }),
      watch: (listener) => {
        const heard: DecisionListener = (entry) => {
          if (!isCut()) listener(entry);
        };
        this.#listeners.add(heard);
        for (const decision of this.decisions.values()) heard(decision);
        return () => this.#listeners.delete(heard);
      },
      close: async () => {},
    };
  }
}
