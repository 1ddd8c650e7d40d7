import { html, type Markup, NO_MARKUP } from './markup.ts';
import { table } from './plain-page.ts';
import { failedShare, milliseconds, number, routeLink } from './plain-words.ts';

interface Minute {
  readonly requests: number;
  readonly failed: number;
  readonly requests_per_second: number;
  readonly p95_ms: number | null;
}

/** As `GET /v1/summary` has it. */
export interface Summary {
  readonly verdict: 'well' | 'look' | 'wrong';
  readonly remarks: readonly { readonly level: string; readonly text: string }[];
  readonly router: {
    readonly id: string;
    readonly version: string;
    readonly health: { readonly reason: string };
  };
  readonly states: Readonly<Record<string, number>>;
  readonly busiest: readonly (Minute & { readonly route: string })[];
  readonly routers: readonly {
    readonly id: string;
    readonly state: string;
    readonly answers: boolean;
    readonly routes: number;
    readonly minute: (Minute & { readonly in_flight: number }) | null;
  }[];
}

/** As `GET /v1/routes` has it. */
export interface RoutesRead {
  readonly routes: readonly {
    readonly route: string;
    readonly endpoints: number;
    readonly states: Readonly<Record<string, number>>;
    readonly algorithm: string;
    readonly last_minute: Minute | null;
  }[];
  readonly next: number | null;
}

/** As `GET /v1/endpoints` has it. */
export interface EndpointsRead {
  readonly endpoints: readonly {
    readonly address: string;
    readonly state: string;
    readonly reason: string;
    readonly since: string | null;
    readonly until: string | null;
    readonly instance: string;
    readonly app: string;
    readonly last_seen: string;
  }[];
}

const VERDICTS = { well: 'All is well', look: 'Have a look', wrong: 'Something is wrong' };

export function overviewBody({ verdict, remarks, router, states, busiest, routers }: Summary): Markup {
  const said = remarks.map(({ level, text }) => html`<li>${level}: ${text}</li>`);
  return html`<p class="verdict ${verdict}"><strong>${VERDICTS[verdict]}</strong></p>
<ul>${said}</ul>
${table(
  'Routers, the last minute of each',
  ['Router', 'State', '#Requests/s', '#Failed', '#95 %', '#In flight', '#Routes'],
  routers.map(({ id, state, answers, routes, minute }) => [
    html`${id}`,
    html`${answers ? state : 'does not answer'}`,
    number(minute?.requests_per_second),
    failedShare(minute),
    milliseconds(minute?.p95_ms),
    number(minute?.in_flight),
    number(routes),
  ]),
)}
${table(
  'Endpoints by state',
  ['State', '#Endpoints'],
  Object.entries(states).map(([state, count]) => [html`${state}`, number(count)]),
)}
${
  busiest.length === 0
    ? html`<p>No requests in the last minute.</p>`
    : table(
        'Busiest routes, the last minute on this router',
        ['Route', '#Requests/s', '#Failed', '#95 %'],
        busiest.map((row) => [
          routeLink(row.route),
          number(row.requests_per_second),
          failedShare(row),
          milliseconds(row.p95_ms),
        ]),
      )
}
<p>Router ${router.id}, version ${router.version}: ${router.health.reason}.</p>`;
}

/** @param q the words that were asked for @param after how many routes come before */
export function routesBody({ routes, next }: RoutesRead, q: string, after: number): Markup {
  const later =
    next === null
      ? NO_MARKUP
      : html`<a href="/plain/routes?q=${encodeURIComponent(q)}&amp;after=${next}">Later</a>`;
  const form = html`<form class="filter" method="get" action="/plain/routes"><label for="q">Words of the route</label> <input id="q" name="q" type="search" value="${q}"> <button>Look</button></form>`;
  if (routes.length === 0)
    return html`${form}<p>No route ${q === '' ? 'is there' : 'has all of these words'}.</p>`;
  const rows = routes.map(({ route, endpoints, states, algorithm, last_minute: minute }) => [
    routeLink(route),
    html`${statesText(states, endpoints)}`,
    number(minute?.requests_per_second),
    failedShare(minute),
    milliseconds(minute?.p95_ms),
    html`${algorithm}`,
  ]);
  const columns = ['Route', 'Endpoints', '#Requests/s', '#Failed', '#95 %', 'Balancing'];
  return html`${form}${table(`Routes from ${after + 1} on; figures are of the last minute on this router`, columns, rows)}
<nav class="pages" aria-label="Pages"><a href="/plain/routes?q=${encodeURIComponent(q)}">First</a> ${later}</nav>`;
}

export function routeBody(
  route: string,
  { routes: [found] }: RoutesRead,
  { endpoints }: EndpointsRead,
): Markup {
  if (found === undefined) {
    return html`<p>This router has no such route: nobody has announced it, or its last endpoint has gone. <a href="/plain/routes?q=${encodeURIComponent(route.split('/')[0]!)}">Look for routes like it</a>.</p>`;
  }
  const minute = found.last_minute;
  const rows = endpoints.map(({ address, state, reason, since, until, instance, app, last_seen: seen }) => [
    html`${address}`,
    html`${reason === '' ? state : `${state}: ${reason}`}`,
    html`${since ?? (until === null ? '–' : `until ${until}`)}`,
    html`${instance}`,
    html`${app}`,
    html`${seen}`,
  ]);
  const columns = ['Address', 'State', 'Since', 'Instance', 'Application', 'Last announced'];
  return html`<p>The last minute on this router: ${number(minute?.requests_per_second)} requests/s, failed ${failedShare(minute)}, 95th percentile ${milliseconds(minute?.p95_ms)}; balanced by ${found.algorithm}.</p>
${table('Its endpoints', columns, rows)}`;
}

function statesText(states: Readonly<Record<string, number>>, endpoints: number): string {
  if (endpoints === 0) return 'none';
  return Object.entries(states)
    .map(([state, count]) => `${count} ${state}`)
    .join(', ');
}
