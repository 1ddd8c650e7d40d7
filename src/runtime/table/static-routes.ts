import type { Decision, DecisionEntry } from '../../decisions/decision.ts';
import { decisionKey, textOf } from '../../decisions/decision-key.ts';
import type { DecisionStore, WriteOutcome } from '../../decisions/decision-store.ts';
import { readStaticRoute, type StaticRoute } from './static-route.ts';

export type StaticOutcome =
  | { readonly outcome: 'ok' }
  /** Nothing holds of it, but for what `why` says. */
  | { readonly outcome: Exclude<WriteOutcome['outcome'], 'ok'>; readonly why: string };

/** Decisions that are made at once; between two such batches it is seen whether to go on. */
const BATCH = 64;
/** Milliseconds for which a decision outlives its end: whose clock is ahead ends it for no other router. */
const KEPT_AFTER_END = 600_000;
const KIND = 'static';
const MARK = `${KIND}.`;

/** What holds of a route by an operator's word. */
export interface DecidedRoute {
  readonly route: StaticRoute;
  readonly key: string;
  readonly revision: number;
  /** Unix milliseconds. */
  readonly at: number;
}

interface Made {
  readonly route: StaticRoute;
  readonly revision: number;
  /** What stood there before; null: nothing. */
  readonly before: Decision | null;
}

/** Operators' routes as decisions, one for each route: all routers that share the store take them. */
export class StaticRoutes {
  readonly #store: DecisionStore;

  constructor(store: DecisionStore) {
    this.#store = store;
  }

  /** Makes all of them, or none: what was made before one that cannot be is taken back. Never rejects. */
  async put(routes: readonly StaticRoute[]): Promise<StaticOutcome> {
    const standing = new Map(this.#store.current().map((decision) => [decision.key, decision]));
    const made: Made[] = [];
    for (let at = 0; at < routes.length; at += BATCH) {
      const batch = routes.slice(at, at + BATCH);
      const outcomes = await Promise.all(batch.map((route) => this.#putOne(route, standing)));
      const faults = outcomes.filter((outcome) => 'outcome' in outcome);
      made.push(...outcomes.filter((outcome) => 'route' in outcome));
      if (faults.length > 0) return this.#takeBack(made, faults[0]!);
    }
    return { outcome: 'ok' };
  }

  /** Hears of every route for which something else holds than before. Answers how to end it. */
  watch(listener: (route: Pick<StaticRoute, 'kind' | 'route'>, now: StaticRoute | null) => void): () => void {
    return this.#store.watch((entry) => {
      const about = aboutOf(entry);
      if (about === null) return;
      const route = entry.value === null ? null : readStaticRoute(entry.value);
      // What cannot be read, or is about another route, says nothing.
      const isOwn = route?.kind === about.kind && route.route === about.route;
      listener(about, isOwn ? route : null);
    });
  }

  /** All that are decided, also those whose time is over. */
  all(): DecidedRoute[] {
    return this.#store.current().flatMap((decision) => {
      const about = aboutOf(decision);
      const route = about === null ? null : readStaticRoute(decision.value);
      const isOwn = route !== null && route.kind === about!.kind && route.route === about!.route;
      const { key, revision, at } = decision;
      return isOwn ? [{ route, key, revision, at }] : [];
    });
  }

  /** Null: nothing is decided of it. */
  of({ kind, route }: Pick<StaticRoute, 'kind' | 'route'>): DecidedRoute | null {
    return this.all().find(({ route: each }) => each.kind === kind && each.route === route) ?? null;
  }

  /** From now on nothing is said of it. @param by who decides */
  remove({ key, revision }: DecidedRoute, by: string): Promise<WriteOutcome> {
    return this.#store.remove(key, by, revision);
  }

  /** Whether none is decided, as far as it is known here. */
  get isEmpty(): boolean {
    return !this.#store.current().some(({ key }) => key.startsWith(MARK));
  }

  /** Takes back what has been over for long, so that it is not kept for ever. @param now Unix milliseconds */
  async tidy(now: number): Promise<void> {
    for (const { key, value, revision } of this.#store.current()) {
      if (!key.startsWith(MARK)) continue;
      const route = readStaticRoute(value);
      if (route === null || route.until + KEPT_AFTER_END > now) continue;
      const { outcome } = await this.#store.remove(key, 'its end', revision);
      if (outcome === 'away' || outcome === 'refused') return;
    }
  }

  async #putOne(
    route: StaticRoute,
    standing: ReadonlyMap<string, Decision>,
  ): Promise<Made | { readonly outcome: 'conflict' | 'away' | 'refused'; readonly why: string }> {
    const key = keyOf(route);
    const before = standing.get(key) ?? null;
    const outcome = await this.#store.put(key, { ...route }, route.who, before?.revision ?? 0);
    if (outcome.outcome === 'ok') return { route, revision: outcome.revision, before };
    if (outcome.outcome !== 'conflict') return outcome;
    return { outcome: 'conflict', why: `somebody else has decided about ${route.route} meanwhile` };
  }

  async #takeBack(
    made: readonly Made[],
    fault: { readonly outcome: 'conflict' | 'away' | 'refused'; readonly why: string },
  ): Promise<StaticOutcome> {
    const left: string[] = [];
    for (const { route, revision, before } of made) {
      const key = keyOf(route);
      const undone =
        before === null
          ? await this.#store.remove(key, route.who, revision)
          : await this.#store.put(key, before.value, route.who, revision);
      if (undone.outcome !== 'ok') left.push(route.route);
    }
    if (left.length === 0) return fault;
    const names = left.slice(0, 10).join(', ') + (left.length > 10 ? ` and ${left.length - 10} more` : '');
    return { ...fault, why: `${fault.why}; these could not be taken back: ${names}` };
  }
}

function keyOf({ kind, route }: StaticRoute): string {
  return decisionKey(KIND, `${kind} ${route}`);
}

/** Null: it is about something else. */
function aboutOf({ key }: DecisionEntry): Pick<StaticRoute, 'kind' | 'route'> | null {
  if (!key.startsWith(MARK)) return null;
  const [, kind, route] = /^(http|tcp) (.+)$/s.exec(textOf(key.slice(MARK.length)) ?? '') ?? [];
  return route === undefined ? null : { kind: kind as 'http' | 'tcp', route };
}
