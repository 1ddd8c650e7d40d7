import { countOf } from './members.ts';
import type { Pool } from './pool.ts';
import { lookUpRoute } from './route-lookup.ts';
import type { RouteTable } from './route-table.ts';
import { poolJson } from './routes-json.ts';

/** `/routes/lookup`: where a request for a URL goes, and why; `null` when it is no URL. */
export function lookupJson(
  table: Pick<RouteTable, 'pools' | 'endpoint'>,
  url: string,
  emptyIs503: boolean,
): object | null {
  const parsed = URL.parse(url.includes('://') ? url : `http://${url}`);
  if (parsed === null || parsed.hostname === '') return null;
  const { pool, considered } = lookUpRoute(table.pools, parsed.hostname, parsed.pathname);
  return {
    host: parsed.hostname,
    path: parsed.pathname,
    route: pool === null ? null : table.pools.keyOf(pool),
    answer: answerOf(pool, emptyIs503),
    considered,
    load_balancing_algorithm: pool?.policy.loadBalancing ?? null,
    route_service_url: pool?.policy.routeServiceUrl || null,
    endpoints: pool === null ? [] : poolJson(pool, table),
  };
}

function answerOf(pool: Pool | null, emptyIs503: boolean): string {
  if (pool === null) return '404 unknown_route';
  if (countOf(pool.members) === 0) return emptyIs503 ? '503 no_endpoints' : '404 unknown_route';
  return pool.policy.routeServiceUrl === ''
    ? 'from an endpoint'
    : 'from an endpoint, by way of the route service';
}
