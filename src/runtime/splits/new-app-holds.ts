import { inBackground } from '../../boundary/boundary.ts';
import { ONE_ROUND } from '../../boundary/owner.ts';
import { type DecisionEntry, type JsonObject, MAX_DECISIONS } from '../../decisions/decision.ts';
import type { DecisionStore, WriteOutcome } from '../../decisions/decision-store.ts';
import type { HoldTerms } from '../../registry/newcomers.ts';
import { holdFor } from '../../routing/hold.ts';
import { type Split, splitJson } from '../../routing/split.ts';
import type { ComponentLog } from '../../telemetry/component-log.ts';
import { routeOfSplit, splitKey } from './split-decisions.ts';
import { readSplitRoute, type SplitRoute } from './split-route.ts';

/** Milliseconds for which a router hears of routes before it says whose they are. */
const HEARING = 60_000;
/** Holds that the store refuses before a round is over. */
const MOST_REFUSED = 64;
/** By whom such a hold is decided. */
export const HOLDER = 'hold_new_apps';

export interface NewAppHoldsOptions {
  /** Null: the router has not come so far. */
  store(): DecisionStore | null;
  /** Nothing is missing in the table that the last process had. */
  isTableWhole(): boolean;
  /** Monotonic milliseconds. */
  now(): number;
  /** Unix milliseconds. */
  wallNow(): number;
  /** What is held here alone is to be held no longer. */
  release(route: SplitRoute): void;
  readonly log: ComponentLog;
}

/** A route that is held here, and of which no store has it yet. */
export interface LocalHold {
  readonly route: SplitRoute;
  readonly split: Split;
  /** Unix milliseconds. */
  readonly since: number;
  /** Why it is not decided for all; empty: nobody has been asked. */
  why: string;
  /** `decided`: by whomever. `released`: somebody has let the newcomer in meanwhile. */
  state: 'waiting' | 'decided' | 'released';
}

/** Holds of `cellgate.hold_new_apps`: from the table, where they are in force at once, to the store, where they last. */
export class NewAppHolds implements HoldTerms {
  readonly #options: NewAppHoldsOptions;
  readonly #begun: number;
  readonly #waiting = new Map<string, LocalHold>();
  #state: 'resting' | 'writing' = 'resting';
  #isFull = false;

  constructor(options: NewAppHoldsOptions) {
    this.#options = options;
    this.#begun = options.now();
  }

  mayHold(key: string): boolean {
    const { isTableWhole, now, log } = this.#options;
    // What cannot be named in a command could not be let in again: `a.com//` is read as `a.com`.
    const route = readSplitRoute(key);
    if (route?.kind !== 'http' || route.text !== key) return false;
    if (!isTableWhole() && now() - this.#begun < HEARING) return false;
    const isFull = this.#waiting.size >= MAX_DECISIONS;
    if (isFull && !this.#isFull) log.error('holds-full', { holds: this.#waiting.size });
    this.#isFull = isFull;
    return !isFull;
  }

  onHeld(key: string, app: string): void {
    const { wallNow, log } = this.#options;
    const split = holdFor(app, key);
    if (split === null) return;
    const route = { kind: 'http', text: key } as const;
    this.#waiting.set(key, { route, split, since: wallNow(), why: '', state: 'waiting' });
    log.info('route-held', { route: key, app });
    inBackground(ONE_ROUND, this.write());
  }

  /** What is decided about a route counts, whoever has decided it. */
  heed(entry: DecisionEntry): void {
    const route = routeOfSplit(entry);
    if (route !== null) this.#end(route, 'decided');
  }

  /** What is held here alone, if the route is. */
  of({ text }: SplitRoute): LocalHold | null {
    return this.#waiting.get(text) ?? null;
  }

  all(): Iterable<LocalHold> {
    return this.#waiting.values();
  }

  /** Somebody lets in what is held here alone; `false`: the route is not. */
  release(route: SplitRoute): boolean {
    if (!this.#end(route, 'released')) return false;
    this.#options.release(route);
    this.#options.log.info('route-released', { route: route.text });
    return true;
  }

  /** Tries to have decided for all what is held here alone. Call it now and then. */
  async write(): Promise<void> {
    const store = this.#options.store();
    if (store === null || this.#state === 'writing' || this.#waiting.size === 0) return;
    this.#state = 'writing';
    try {
      await this.#writeAll(store);
    } finally {
      this.#state = 'resting';
    }
  }

  async #writeAll(store: DecisionStore): Promise<void> {
    const tried = new Set<LocalHold>();
    for (const hold of this.#waiting.values()) {
      if (tried.has(hold) || tried.size >= MOST_REFUSED) return;
      const key = splitKey(hold.route);
      const outcome = await store.put(key, splitJson(hold.split) as JsonObject, HOLDER, 0);
      if (outcome.outcome === 'ok' && hold.state === 'released') {
        await store.remove(key, HOLDER, outcome.revision);
      }
      this.#heedOutcome(hold, outcome);
      // The others would come to the same.
      if (outcome.outcome === 'away') return;
      if (outcome.outcome === 'refused') tried.add(hold);
    }
  }

  #heedOutcome(hold: LocalHold, outcome: WriteOutcome): void {
    if (hold.state !== 'waiting') return;
    const { text } = hold.route;
    if (outcome.outcome === 'ok' || outcome.outcome === 'conflict') {
      // Where somebody else was first, theirs stands, and is on its way here.
      this.#end(hold.route, 'decided');
      return;
    }
    if (hold.why === '') {
      this.#options.log.warn('hold-of-this-router-alone', { route: text, error: outcome.why });
    }
    hold.why = outcome.why;
    // Behind those that have not been tried.
    this.#waiting.delete(text);
    this.#waiting.set(text, hold);
  }

  #end({ text }: SplitRoute, state: LocalHold['state']): boolean {
    const hold = this.#waiting.get(text);
    if (hold === undefined) return false;
    hold.state = state;
    return this.#waiting.delete(text);
  }
}
