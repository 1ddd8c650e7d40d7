import { type Answer, ok, pieces, problem } from '../../admin/answer.ts';
import type { AdminRequest, AdminRoute } from '../../admin/api.ts';
import { uriProblem } from '../../bus/route-spelling.ts';
import type { Decision, JsonObject } from '../../decisions/decision.ts';
import type { DecisionStore, WriteOutcome } from '../../decisions/decision-store.ts';
import type { Registry } from '../../registry/registry.ts';
import { routeKey } from '../../routing/route-key.ts';
import { MOST_WEIGHT, readSplit, splitJson } from '../../routing/split.ts';
import { routeOfSplit, splitKey, splitOf } from './split-decisions.ts';

export interface SplitRoutesOptions {
  readonly registry: Pick<Registry, 'armsOf' | 'appsOf'>;
  /** Null: the router has not come so far. */
  store(): DecisionStore | null;
}

const HINT = 'cellgate split --help says how a split is written';

/** What can be asked of splits: `/v1/splits` and `/v1/splits/{route}`. */
export function splitRoutes({ registry, store }: SplitRoutesOptions): AdminRoute[] {
  const decided = (route: string): Decision | null =>
    store()
      ?.current()
      .find(({ key }) => key === splitKey(route)) ?? null;

  const shown = (route: string, decision: Decision): object => {
    const { revision, at, by } = decision;
    const split = splitOf(decision, route);
    if (typeof split === 'string') return { route, revision, by, at: iso(at), error: split };
    return { route, revision, by, at: iso(at), ...splitJson(split), arms: registry.armsOf(route, split) };
  };

  function* list(): Generator<string> {
    let before = '{"splits":[';
    for (const decision of store()?.current() ?? []) {
      const route = routeOfSplit(decision);
      if (route === null) continue;
      yield before + JSON.stringify(shown(route, decision));
      before = ',';
    }
    yield before === ',' ? ']}\n' : `${before}]}\n`;
  }

  const show = ({ parameters }: AdminRequest): Answer => {
    const route = routeKey(parameters['route']!);
    const decision = decided(route);
    if (decision !== null) return ok(shown(route, decision));
    const apps = registry.appsOf(route);
    return problem(
      404,
      'no-split',
      `${route} has no split: ${apps.length === 0 ? 'nor any endpoint here' : 'all its endpoints are alike'}`,
      'cellgate split set makes one',
    );
  };

  const put = async ({ parameters, body, caller }: AdminRequest): Promise<Answer> => {
    const route = routeKey(parameters['route']!);
    // It would be decided, and never be heeded.
    const wrong = uriProblem(parameters['route']!);
    if (wrong !== undefined) return problem(400, 'bad-split', `route: ${wrong}`, HINT);
    const stray = strayField(body);
    if (stray !== null) return problem(400, 'bad-split', stray, HINT);
    const { expected, ...given } = body;
    const value = given['hold'] === true ? holding(registry.appsOf(route)) : given;
    if (value === null) {
      return problem(
        409,
        'no-incumbent',
        `${route} has ${registry.appsOf(route).length === 0 ? 'no endpoints' : 'no application of its own, or several'}`,
        'say with cellgate split set who gets what',
      );
    }
    const read = readSplit(value, route);
    if (!read.ok) return problem(400, 'bad-split', read.error, HINT);
    if (expected !== undefined && !isRevision(expected)) {
      return problem(400, 'bad-split', 'expected: allowed: the revision that is to be replaced', HINT);
    }
    const decisions = store();
    if (decisions === null) return notYet();
    const before = expected ?? decided(route)?.revision ?? 0;
    const said = splitJson(read.split) as JsonObject;
    return answerTo(await decisions.put(splitKey(route), said, nameOf(caller), before), route);
  };

  const remove = async ({ parameters, caller }: AdminRequest): Promise<Answer> => {
    const route = routeKey(parameters['route']!);
    const decisions = store();
    if (decisions === null) return notYet();
    const decision = decided(route);
    if (decision === null)
      return problem(404, 'no-split', `${route} has no split`, 'there is nothing to clear');
    return answerTo(await decisions.remove(decision.key, nameOf(caller), decision.revision), route);
  };

  return [
    { method: 'GET', path: '/v1/splits', right: 'read', handler: () => pieces(list()) },
    { method: 'GET', path: '/v1/splits/{route}', right: 'read', handler: show },
    { method: 'PUT', path: '/v1/splits/{route}', right: 'operate', handler: put },
    { method: 'DELETE', path: '/v1/splits/{route}', right: 'operate', handler: remove },
  ];
}

/** What is misspelt would be left out of what is decided, without a word. Null: every field means something here. */
function strayField(body: Readonly<Record<string, unknown>>): string | null {
  const isHold = body['hold'] === true;
  const known = isHold ? ['hold', 'expected'] : ['arms', 'key', 'on_empty', 'expected', 'hold'];
  const allowed = known.join(', ');
  if (Object.keys(body).some((name) => !known.includes(name))) {
    return `the body has a field that is not known here${isHold ? ' beside hold' : ''}, allowed: ${allowed}`;
  }
  const arms = Array.isArray(body['arms']) ? body['arms'] : [];
  const at = arms.findIndex((arm) => Object.keys(arm ?? {}).some((name) => !ARM_FIELDS.includes(name)));
  return at < 0 ? null : `arms[${at}]: has a field that is not known here, allowed: ${ARM_FIELDS.join(', ')}`;
}

const ARM_FIELDS = ['selector', 'weight'];

/** All for the application that has the route; null: there is not exactly one. */
function holding(apps: readonly string[]): Readonly<Record<string, unknown>> | null {
  const [incumbent = '', other] = apps;
  if (incumbent === '' || other !== undefined) return null;
  const arms = [
    { selector: `app:${incumbent}`, weight: MOST_WEIGHT },
    { selector: 'rest', weight: 0 },
  ];
  return { arms };
}

function answerTo(outcome: WriteOutcome, route: string): Answer {
  switch (outcome.outcome) {
    case 'ok':
      return ok({ route, revision: outcome.revision });
    case 'conflict':
      return problem(
        409,
        'conflict',
        `somebody else has decided on ${route} meanwhile: it is at revision ${outcome.revision}`,
        'look at it with cellgate split show, and try again',
      );
    case 'refused':
      return problem(409, 'not-decided', outcome.why, 'nothing was changed');
    case 'away':
      return problem(503, 'store-away', outcome.why, 'nothing was changed as far as is known; try again');
  }
}

function notYet(): Answer {
  return problem(503, 'starting', 'the router is still starting', 'try again in a moment');
}

function isRevision(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function nameOf(caller: AdminRequest['caller']): string {
  return caller.kind === 'nobody' ? '' : caller.principal.name;
}

function iso(at: number): string {
  return new Date(at).toISOString();
}
