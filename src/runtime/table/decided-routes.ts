import { type Answer, list as listOf, ok, problem } from '../../admin/answer.ts';
import type { AdminRequest, AdminRoute } from '../../admin/api.ts';
import { changedMeanwhile, revisionTag } from '../../admin/if-match.ts';
import { decisionAnswer, nameOf, notYet } from '../splits/decision-answer.ts';
import { readSplitRoute, type SplitRoute } from '../splits/split-route.ts';
import type { DecidedRoute, StaticRoutes } from './static-routes.ts';

const LOOK = 'GET /v1/static';

/** What operators have decided of routes, one by one: `/v1/static` and `/v1/static/{route}`. @param routes null before the start */
export function decidedRoutes(
  routes: () => Pick<StaticRoutes, 'all' | 'of' | 'remove'> | null,
): AdminRoute[] {
  const list = (): Answer => listOf('static', routes()?.all() ?? [], shown);

  const show = ({ parameters }: AdminRequest): Answer => {
    const about = aboutOf(parameters['route']!);
    const found = about === null ? null : (routes()?.of(about) ?? null);
    return found === null
      ? nothing(parameters['route']!)
      : ok(shown(found), { ETag: revisionTag(found.revision) });
  };

  const remove = async ({ parameters, caller, ifMatch }: AdminRequest): Promise<Answer> => {
    const written = parameters['route']!;
    const known = routes();
    if (known === null) return notYet();
    const about = aboutOf(written);
    const found = about === null ? null : known.of(about);
    const stale = changedMeanwhile(ifMatch, found?.revision ?? null, written);
    if (stale !== null) return stale;
    if (found === null) return nothing(written);
    const outcome = await known.remove(found, nameOf(caller));
    return decisionAnswer(outcome, written, LOOK, ifMatch);
  };

  const path = '/v1/static/{route}';
  return [
    { method: 'GET', path: '/v1/static', right: 'read', handler: list },
    { method: 'GET', path, right: 'read', handler: show },
    { method: 'DELETE', path, right: 'operate', handler: remove },
  ];
}

/** As tables name it; null: it is no route. */
function aboutOf(written: string): Pick<DecidedRoute['route'], 'kind' | 'route'> | null {
  const named: SplitRoute | null = readSplitRoute(written);
  if (named === null) return null;
  if (named.kind === 'http') return { kind: 'http', route: named.text };
  const { port, sni } = named.name;
  return { kind: 'tcp', route: sni === '' ? String(port) : `${port} ${sni}` };
}

function shown({ route: { kind, route, who, until, endpoints }, revision, at }: DecidedRoute): object {
  const [port = '', sni = ''] = route.split(' ');
  const name = kind === 'http' ? route : `tcp:${port}${sni === '' ? '' : `/${sni}`}`;
  return { route: name, revision, by: who, at: iso(at), until: iso(until), endpoints };
}

function nothing(route: string): Answer {
  return problem(404, 'no-static-route', `no operator has said anything of ${route}`, `${LOOK} has all`);
}

function iso(at: number): string {
  return new Date(at).toISOString();
}
