import { NO_ROW } from '../routing/route-table.ts';
import { countOf } from './members.ts';
import type { Pool } from './pool.ts';
import type { RouteTable } from './route-table.ts';
import { poolJson } from './routes-json.ts';

/** Of a policy: any other lets nobody in. */
const SCOPES = new Set(['any', 'org', 'space']);

/** A key that was looked for, and what came of it. */
interface Considered {
  readonly route: string;
  readonly outcome: 'chosen' | 'no such route' | 'has no endpoints' | 'shorter than the chosen one';
}

/** What a request asks for, as the parser of requests reads it. */
export interface AskedRoute {
  /** Without port, lower case. */
  readonly host: string;
  readonly path: string;
}

/** `/routes/lookup`: where such a request goes, found the way proxy threads find it, and why. */
export function lookupJson(
  table: Pick<RouteTable, 'pools' | 'endpoint'>,
  { host, path }: AskedRoute,
  emptyIs503: boolean,
): object {
  const { pools } = table;
  const looked: { readonly route: string; readonly pool: Pool | null }[] = [];
  const pool = pools.match(host, path, {
    looked: (route, row) => looked.push({ route, pool: row === NO_ROW ? null : pools.at(row) }),
  });
  return {
    host,
    path,
    route: pool === null ? null : pools.keyOf(pool),
    answer: answerOf(pool, emptyIs503),
    considered: looked.map(
      ({ route, pool: each }): Considered => ({ route, outcome: outcomeOf(each, pool) }),
    ),
    load_balancing_algorithm: pool?.policy.loadBalancing ?? null,
    route_service_url: pool?.policy.routeServiceUrl || null,
    route_policy: pool?.policy.routePolicy ?? null,
    endpoints: pool === null ? [] : poolJson(pool, table),
  };
}

function outcomeOf(pool: Pool | null, chosen: Pool | null): Considered['outcome'] {
  if (pool === null) return 'no such route';
  if (pool === chosen) return 'chosen';
  return countOf(pool.members) === 0 ? 'has no endpoints' : 'shorter than the chosen one';
}

function answerOf(pool: Pool | null, emptyIs503: boolean): string {
  if (pool === null) return '404 unknown_route';
  if (countOf(pool.members) === 0) return emptyIs503 ? '503 no_endpoints' : '404 unknown_route';
  const { routePolicy, routeServiceUrl } = pool.policy;
  const way = routeServiceUrl === '' ? '' : ', by way of the route service';
  if (routePolicy === null) return `from an endpoint${way}`;
  if (!SCOPES.has(routePolicy.scope) || routePolicy.sources.length === 0) return '403 route_policy_denied';
  return `from an endpoint${way}, for whom the policy allows; 403 route_policy_denied for others`;
}
