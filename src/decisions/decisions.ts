import { inBackground } from '../boundary/boundary.ts';
import { ONE_ROUND } from '../boundary/owner.ts';
import { every } from '../boundary/timers.ts';
import { ChosenStore, type ChosenStoreOptions, type StoreKind } from './chosen-store.ts';
import type { Decision, JsonObject } from './decision.ts';
import type {
  Away,
  DecisionListener,
  DecisionStore,
  HistoryOutcome,
  Refused,
  StoreState,
  WriteOutcome,
} from './decision-store.ts';
import { LatestDecisions } from './latest-decisions.ts';
import type { Remembered } from './remembered.ts';
import type { StoreBus } from './store-bus.ts';

export interface DecisionsOptions extends Omit<ChosenStoreOptions, 'before' | 'latest'> {
  /** What this router knew when it was last there; null: nothing. */
  readonly remembered: Remembered | null;
}

/** Milliseconds. */
const ROUND_MS = 1000;
/** Rounds between two looks at whether another store is to be used. */
const ROUNDS_PER_LOOK = 5;

/** The decisions of a router, in whichever store its surroundings allow; until one is there, those it remembers. */
export class Decisions implements DecisionStore {
  readonly #now: () => number;
  readonly #latest = new LatestDecisions();
  readonly #chosen: ChosenStore;
  /** Until then what is known was what the store has. */
  #asOf: number;
  #rounds = 0;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor({ remembered, ...options }: DecisionsOptions) {
    // Whoever reads it again, here or elsewhere, takes whole milliseconds alone.
    const now = () => Math.floor(options.now());
    this.#now = now;
    this.#asOf = remembered?.asOf ?? now();
    if (remembered !== null) this.#latest.replace(remembered.decisions);
    this.#chosen = new ChosenStore({
      ...options,
      now,
      before: remembered?.store ?? null,
      latest: this.#latest,
    });
  }

  /** `away`: what is known may be older than `since`; until a store was reached, that is when it was remembered. */
  get state(): StoreState {
    const state = this.#chosen.store?.state;
    if (state?.name === 'reachable') {
      this.#asOf = this.#now();
      return state;
    }
    return { name: 'away', since: this.#asOf, why: state?.why ?? this.blocked?.why ?? '' };
  }

  /** Null: none now. */
  get store(): StoreKind | null {
    return this.#chosen.kind;
  }

  /** The highest that is known; 0: none. */
  get revision(): number {
    return this.#latest.revision;
  }

  /** Why nothing can be decided here now; null: it can. */
  get blocked(): Away | Refused | null {
    return this.#chosen.blocked;
  }

  /** To be called when the router's own bus is there, before the start or at any time after it. */
  connect(bus: StoreBus): void {
    this.#chosen.connect(bus);
    if (this.#timer !== undefined) inBackground(ONE_ROUND, this.#chosen.choose());
  }

  /** Resolves when a store was looked for once; a router need not wait for that. */
  async start(): Promise<void> {
    if (this.#closed) return;
    this.#timer = every(ROUND_MS, ONE_ROUND, () => this.#round());
    await this.#chosen.open();
  }

  current(): readonly Decision[] {
    return this.#latest.all();
  }

  /** What is to be remembered of all this; null: nothing. */
  entries(): Remembered | null {
    const store = this.#chosen.last;
    if (store === null) return null;
    const { state } = this;
    const asOf = state.name === 'reachable' ? this.#asOf : state.since;
    return { store, asOf, decisions: this.current() };
  }

  put(key: string, value: JsonObject, by: string, expected: number): Promise<WriteOutcome> {
    return this.#write((store) => store.put(key, value, by, expected));
  }

  remove(key: string, by: string, expected: number): Promise<WriteOutcome> {
    return this.#write((store) => store.remove(key, by, expected));
  }

  async history(key: string): Promise<HistoryOutcome> {
    const { store } = this.#chosen;
    return store === null ? { outcome: 'away', why: this.blocked?.why ?? '' } : store.history(key);
  }

  watch(listener: DecisionListener): () => void {
    return this.#latest.watch(listener);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    clearInterval(this.#timer);
    await this.#chosen.close();
  }

  async #write(write: (store: DecisionStore) => Promise<WriteOutcome>): Promise<WriteOutcome> {
    // Another router may have come since the last look.
    await this.#chosen.choose();
    if (this.#closed) return { outcome: 'away', why: 'the store is closed' };
    const { blocked, store } = this.#chosen;
    if (blocked !== null) return blocked;
    return store === null ? { outcome: 'away', why: 'there is no store yet' } : write(store);
  }

  #round(): void {
    // The state is looked at for when it was last good.
    const isReachable = this.state.name === 'reachable';
    const { store, blocked } = this;
    // What is refused somebody has to change first, and who decides something looks anew.
    const isRefused = blocked?.outcome === 'refused' && (isReachable || store === null);
    const isSettled = isRefused || (isReachable && blocked === null);
    if (isSettled && ++this.#rounds % ROUNDS_PER_LOOK !== 0) return;
    inBackground(ONE_ROUND, this.#chosen.choose());
  }
}
