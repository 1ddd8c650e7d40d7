import type { EndpointFacts } from '../routing/endpoint.ts';
import { armAt, type Split } from '../routing/split.ts';
import { countOf, each } from './members.ts';
import type { RouteTable } from './route-table.ts';

/** Endpoints of a route. @param app of this application alone; empty: of all */
export function endpointsOf(table: Pick<RouteTable, 'pools' | 'endpoint'>, key: string, app: string): number {
  const pool = table.pools.get(key);
  if (pool === undefined) return 0;
  if (app === '') return countOf(pool.members);
  let count = 0;
  for (const { held } of each(pool.members)) if (table.endpoint(held).appId === app) count++;
  return count;
}

/** Applications of a route's endpoints; empty: it has none. */
export function appsOf(table: Pick<RouteTable, 'pools' | 'endpoint'>, key: string): string[] {
  return [...new Set(Array.from(factsOf(table, key), ({ appId }) => appId))];
}

/** What is known of a route's endpoints, one by one. */
export function* factsOf(
  table: Pick<RouteTable, 'pools' | 'endpoint'>,
  key: string,
): Generator<EndpointFacts> {
  const pool = table.pools.get(key);
  if (pool === undefined) return;
  for (const { held } of each(pool.members)) yield table.endpoint(held);
}

/** A route's endpoints of one arm of a split, as if it had that. @param at the arm's place */
export function endpointsIn(
  table: Pick<RouteTable, 'pools' | 'endpoint'>,
  key: string,
  split: Split,
  at: number,
): EndpointFacts[] {
  const pool = table.pools.get(key);
  if (pool === undefined) return [];
  const all = Array.from(each(pool.members), ({ held }) => table.endpoint(held));
  return all.filter((endpoint) => armAt(split, endpoint) === at);
}
