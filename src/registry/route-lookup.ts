import { countOf } from './members.ts';
import type { Pool } from './pool.ts';
import type { Pools } from './pools.ts';

type PoolsByKey = Pick<Pools, 'get' | 'goesOn'>;

/** What a request for a URL would find (gorouter.md §2.2), and how. */
export interface RouteLookup {
  readonly pool: Pool | null;
  /** Every route that could have matched, in the order in which they are looked for. */
  readonly considered: readonly Considered[];
}

interface Considered {
  readonly route: string;
  readonly outcome: 'chosen' | 'no such route' | 'has no endpoints' | 'not reached';
}

/**
 * The exact host before `*.parent` before `*.grandparent`; under one host the longest path with endpoints, failing
 * that an empty route where the walk along the path stops. @param host without port @param path without query
 */
export function lookUpRoute(pools: PoolsByKey, host: string, path: string): RouteLookup {
  const considered: Considered[] = [];
  let chosen: Pool | null = null;
  for (const name of hostNames(host.toLowerCase())) {
    const keys = pathKeys(name, path.toLowerCase());
    const found: Pool | null = chosen === null ? choose(pools, keys) : null;
    for (const key of keys) {
      considered.push({ route: key, outcome: outcomeOf(pools.get(key), found, chosen !== null) });
    }
    chosen ??= found;
  }
  return { pool: chosen, considered };
}

function outcomeOf(pool: Pool | undefined, chosen: Pool | null, over: boolean): Considered['outcome'] {
  if (pool === undefined) return 'no such route';
  if (pool === chosen) return 'chosen';
  if (over) return 'not reached';
  return countOf(pool.members) === 0 ? 'has no endpoints' : 'not reached';
}

function choose(pools: PoolsByKey, longestFirst: readonly string[]): Pool | null {
  for (const key of longestFirst) {
    const pool = pools.get(key);
    if (pool !== undefined && countOf(pool.members) > 0) return pool;
  }
  for (const key of longestFirst) {
    const pool = pools.get(key);
    if (pool !== undefined) return pool;
    // The walk has come as far as this, to a route that lies deeper, and found nothing here.
    if (pools.goesOn(key)) return null;
  }
  return null;
}

function hostNames(host: string): string[] {
  const names = [host];
  for (
    let dot = host.indexOf('.', host.startsWith('*.') ? 2 : 0);
    dot >= 0;
    dot = host.indexOf('.', dot + 1)
  ) {
    names.push(`*${host.slice(dot)}`);
  }
  return names;
}

/** The route keys along the path, the longest first. */
function pathKeys(host: string, path: string): string[] {
  const keys = [host];
  const trimmed = path.endsWith('/') ? path.slice(0, -1) : path;
  if (trimmed === '') return keys;
  for (const segment of trimmed.slice(1).split('/')) keys.unshift(`${keys[0]}/${segment}`);
  return keys;
}
