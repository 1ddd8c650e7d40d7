import { type Answer, list as listOf, ok, problem } from '../../admin/answer.ts';
import type { AdminRequest, AdminRoute } from '../../admin/api.ts';
import { changedMeanwhile, revisionTag } from '../../admin/if-match.ts';
import type { Decision, JsonObject } from '../../decisions/decision.ts';
import type { DecisionStore } from '../../decisions/decision-store.ts';
import { type Split, splitJson } from '../../routing/split.ts';
import { decisionAnswer, nameOf, notYet } from './decision-answer.ts';
import { HOLDER, type LocalHold, type NewAppHolds } from './new-app-holds.ts';
import { strayField } from './split-body.ts';
import { routeOfSplit, splitFor, splitKey } from './split-decisions.ts';
import { readSplitRoute, routeFault, type SplitRoute } from './split-route.ts';
import type { SplitTables } from './split-tables.ts';

export interface SplitRoutesOptions {
  readonly tables: SplitTables;
  /** Null: applications that are newly mapped are served. */
  readonly holds: NewAppHolds | null;
  /** Null: the router has not come so far. */
  store(): DecisionStore | null;
  /** Why nobody but a cutover may change a route's split now; null: anybody may. */
  busy(route: string): string | null;
  /** What an arm has taken on this router. */
  taken(route: string, arm: string): object;
}

const LOOK = 'cellgate split show';
const HINT = 'cellgate split --help says how a split is written';

/** What can be asked of splits: `/v1/splits` and `/v1/splits/{route}`. */
export function splitRoutes({ tables, holds, store, busy, taken }: SplitRoutesOptions): AdminRoute[] {
  const decided = (route: SplitRoute): Decision | null =>
    store()
      ?.current()
      .find(({ key }) => key === splitKey(route)) ?? null;

  const arms = (route: SplitRoute, split: Split): object[] =>
    tables.arms(route, split).map((arm) => ({ ...arm, taken: taken(route.text, arm.selector) }));

  const shown = (route: SplitRoute, { revision, at, by, value }: Decision): object => {
    const about = { route: route.text, revision, by, at: iso(at) };
    const read = splitFor(route, value);
    if (!read.ok) return { ...about, error: read.error };
    return { ...about, ...splitJson(read.split), arms: arms(route, read.split) };
  };

  const shownHold = ({ route, split, since, why }: LocalHold): object => ({
    route: route.text,
    revision: 0,
    by: HOLDER,
    at: iso(since),
    undecided: why || 'it is being decided',
    ...splitJson(split),
    arms: arms(route, split),
  });

  const list = (): Answer => {
    const decisions = store()?.current() ?? [];
    const splits = decisions.flatMap((decision) => {
      const route = routeOfSplit(decision);
      return route === null ? [] : [() => shown(route, decision)];
    });
    const here = Array.from(holds?.all() ?? [], (hold) => () => shownHold(hold));
    return listOf('splits', [...splits, ...here], (show) => show());
  };

  const show = (route: SplitRoute): Answer => {
    const decision = decided(route);
    if (decision !== null) return ok(shown(route, decision), { ETag: revisionTag(decision.revision) });
    const hold = holds?.of(route) ?? null;
    if (hold !== null) return ok(shownHold(hold), { ETag: revisionTag(0) });
    const what = tables.isEmpty(route) ? 'nor any endpoint here' : 'all its endpoints are alike';
    return problem(404, 'no-split', `${route.text} has no split: ${what}`, 'cellgate split set makes one');
  };

  /** Null: there is none. */
  const revisionOf = (route: SplitRoute): number | null =>
    decided(route)?.revision ?? (holds?.of(route) ? 0 : null);

  const put = async (
    route: SplitRoute,
    { parameters, body, caller, ifMatch }: AdminRequest,
  ): Promise<Answer> => {
    if (!tables.has(route)) return noPorts(route);
    const why = busy(route.text);
    if (why !== null) return noFreeHand(why);
    // It would be decided, and never be heeded.
    const wrong = routeFault(route, parameters['route']!);
    if (wrong !== null) return problem(400, 'bad-split', wrong, HINT);
    const stray = strayField(body);
    if (stray !== null) return problem(400, 'bad-split', stray, HINT);
    const { expected, hold, ...given } = body;
    const held = hold === true ? tables.holdOf(route) : null;
    if (held?.kind === 'no-hold') return problem(409, 'no-incumbent', held.why, held.hint);
    const read = splitFor(route, held?.value ?? given);
    if (!read.ok) return problem(400, 'bad-split', read.error, HINT);
    if (expected !== undefined && !isRevision(expected)) {
      return problem(400, 'bad-split', 'expected: allowed: the revision that is to be replaced', HINT);
    }
    const decisions = store();
    if (decisions === null) return notYet();
    const stale = changedMeanwhile(ifMatch, revisionOf(route), route.text);
    if (stale !== null) return stale;
    const before = expected ?? decided(route)?.revision ?? 0;
    const said = splitJson(read.split) as JsonObject;
    return decisionAnswer(
      await decisions.put(splitKey(route), said, nameOf(caller), before),
      route.text,
      LOOK,
      ifMatch,
    );
  };

  const remove = async (route: SplitRoute, { caller, ifMatch }: AdminRequest): Promise<Answer> => {
    const why = busy(route.text);
    if (why !== null) return noFreeHand(why);
    const decisions = store();
    if (decisions === null) return notYet();
    const stale = changedMeanwhile(ifMatch, revisionOf(route), route.text);
    if (stale !== null) return stale;
    const decision = decided(route);
    if (decision === null) {
      // What no store has is let in here alone.
      if (holds?.release(route)) return ok({ route: route.text, revision: 0 });
      return problem(404, 'no-split', `${route.text} has no split`, 'there is nothing to clear');
    }
    return decisionAnswer(
      await decisions.remove(decision.key, nameOf(caller), decision.revision),
      route.text,
      LOOK,
      ifMatch,
    );
  };

  const path = '/v1/splits/{route}';
  return [
    { method: 'GET', path: '/v1/splits', right: 'read', handler: list },
    { method: 'GET', path, right: 'read', handler: about(show) },
    { method: 'PUT', path, right: 'operate', handler: about(put) },
    { method: 'DELETE', path, right: 'operate', handler: about(remove) },
  ];
}

/** Of the route that the request names. */
function about<T>(
  answer: (route: SplitRoute, request: AdminRequest) => T,
): (request: AdminRequest) => T | Answer {
  return (request) => {
    const written = request.parameters['route']!;
    const route = readSplitRoute(written);
    return route === null ? noRoute(written) : answer(route, request);
  };
}

function noFreeHand(why: string): Answer {
  return problem(409, 'cutover-under-way', why, 'wait for its end, or end it with cellgate cutover abort');
}

function noRoute(written: string): Answer {
  const found = JSON.stringify(written.slice(0, 60));
  return problem(
    400,
    'bad-route',
    `route: found ${found}, allowed for one of TCP: tcp:PORT, tcp:PORT/SERVER-NAME`,
    HINT,
  );
}

function noPorts({ text }: SplitRoute): Answer {
  return problem(
    409,
    'no-tcp-router',
    `${text} cannot be split: this router opens no TCP ports`,
    'name them in cellgate.tcp.reservable_ports, or ask a router that has them',
  );
}

function isRevision(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function iso(at: number): string {
  return new Date(at).toISOString();
}
