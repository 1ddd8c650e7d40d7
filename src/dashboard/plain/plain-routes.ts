import { type Answer, type Problem, problem } from '../../admin/answer.ts';
import type { AdminApi, AdminRequest, AdminRoute } from '../../admin/api.ts';
import type { AssetStore } from '../assets.ts';
import { ApiReader, isProblem } from './api-reader.ts';
import { html, type Markup, NO_MARKUP } from './markup.ts';
import { plainPage } from './plain-page.ts';
import {
  type EndpointsRead,
  overviewBody,
  type RoutesRead,
  routeBody,
  routesBody,
  type Summary,
} from './plain-tables.ts';

interface Content {
  readonly title: string;
  readonly body: Markup;
}

/** Overview, routes and a route as tables, for browsers without JavaScript and for curl. */
export function plainRoutes(api: AdminApi, store: AssetStore): AdminRoute[] {
  const reader = new ApiReader(api);

  const page =
    (content: (request: AdminRequest) => Promise<Content | Problem>) =>
    async (request: AdminRequest): Promise<Answer> => {
      const { caller } = request;
      const { version } = await store.get();
      if (caller.kind === 'nobody') return signIn(NO_MARKUP, request, version);
      const found = caller.principal.rights.includes('read')
        ? await content(request)
        : mayNotRead(caller.principal.name);
      if (!('kind' in found)) return plainPage({ ...found, caller, version });
      const body = html`<p>${found.detail}: ${found.hint}.</p>`;
      return plainPage({ title: 'It cannot be shown', body, caller, version, status: found.status });
    };

  const begin = async (request: AdminRequest): Promise<Answer> => {
    const { token } = request.body;
    const answer = await reader.ask('POST', '/v1/session', { ...request, body: { token } });
    const { version } = await store.get();
    if (answer.kind === 'json') return onward(answer.headers, answer.who);
    if (answer.kind !== 'problem') throw new Error('a session is JSON');
    return signIn(
      html`<p role="alert">${answer.detail}: ${answer.hint}.</p>`,
      request,
      version,
      answer.status,
    );
  };

  const leave = async (request: AdminRequest): Promise<Answer> => {
    const answer = await reader.ask('DELETE', '/v1/session', request);
    return onward(answer.kind === 'json' ? answer.headers : {});
  };

  return [
    { method: 'GET', path: '/plain', right: 'all', handler: page((request) => overview(reader, request)) },
    {
      method: 'GET',
      path: '/plain/routes',
      right: 'all',
      handler: page((request) => routes(reader, request)),
    },
    {
      method: 'GET',
      path: '/plain/routes/{route}',
      right: 'all',
      handler: page((request) => route(reader, request)),
    },
    { method: 'POST', path: '/plain/session', right: 'all', form: true, handler: begin },
    { method: 'POST', path: '/plain/leave', right: 'all', form: true, handler: leave },
  ];
}

async function overview(reader: ApiReader, request: AdminRequest): Promise<Content | Problem> {
  const read = await reader.read('/v1/summary', {}, request);
  return isProblem(read) ? read : { title: 'Overview', body: overviewBody(read as unknown as Summary) };
}

async function routes(reader: ApiReader, request: AdminRequest): Promise<Content | Problem> {
  const [q, after] = [request.query.get('q') ?? '', request.query.get('after') ?? '0'];
  const read = await reader.read('/v1/routes', { q, after }, request);
  if (isProblem(read)) return read;
  return { title: 'Routes', body: routesBody(read as unknown as RoutesRead, q, Number(after)) };
}

async function route(reader: ApiReader, request: AdminRequest): Promise<Content | Problem> {
  const key = request.parameters['route']!;
  const found = await reader.read('/v1/routes', { route: key, limit: '1' }, request);
  if (isProblem(found)) return found;
  const endpoints = await reader.read('/v1/endpoints', { route: key, limit: '500' }, request);
  if (isProblem(endpoints)) return endpoints;
  const body = routeBody(key, found as unknown as RoutesRead, endpoints as unknown as EndpointsRead);
  return { title: key, body };
}

function signIn(fault: Markup, { caller }: AdminRequest, version: string, status = 401): Answer {
  const body = html`${fault}<form class="sign-in" method="post" action="/plain/session">
<label for="token">Token</label>
<input id="token" name="token" type="password" autocomplete="current-password" required>
<button class="primary">Sign in</button>
</form>
<p class="quiet">A token is one of <code>cellgate.admin.tokens</code>.</p>`;
  return plainPage({ title: 'Sign in', body, caller, version, status });
}

/** To the overview, by whatever was asked for. */
function onward(headers: Readonly<Record<string, string>>, who?: string): Answer {
  const more = who === undefined ? {} : { who };
  return { kind: 'page', status: 303, html: '', headers: { ...headers, Location: '/plain' }, ...more };
}

function mayNotRead(name: string): Problem {
  const hint = 'rights stand with the tokens, in cellgate.admin.tokens';
  return problem(403, 'no-right', `this needs the right read, which ${name} has not`, hint);
}
