import type { EndpointFacts } from '../routing/endpoint.ts';
import { each } from './members.ts';
import type { Pool } from './pool.ts';
import type { RouteTable } from './route-table.ts';
import { sortedKeys } from './sorted-keys.ts';

/** Characters gathered before they are handed on. */
const PIECE = 32 * 1024;

/** One endpoint as `/routes` shows it (docs/compatibility.md §6.2): empty fields are left out, but not all of them. */
export interface RouteJson {
  readonly address: string;
  readonly availability_zone: string;
  readonly protocol: string;
  readonly tls: boolean;
  readonly ttl: number;
  readonly route_service_url?: string;
  readonly tags: Readonly<Record<string, string>> | null;
  readonly isolation_segment?: string;
  readonly private_instance_id?: string;
  readonly server_cert_domain_san?: string;
  readonly load_balancing_algorithm?: string;
  /** Seconds; gorouter has no such thing. */
  readonly request_timeout?: number;
  readonly hash_header?: string;
  readonly hash_balance?: number;
  readonly route_policy_scope?: string;
  readonly route_policies?: readonly string[];
}

export type RoutesJson = Readonly<Record<string, readonly RouteJson[]>>;

/**
 * The table as one JSON object and a line feed, in pieces, some of them empty: between two of them other work may
 * be done. It has the routes there were at the beginning, but for those that went meanwhile, each as it is when
 * its turn comes.
 */
export function* routesJson(table: Pick<RouteTable, 'pools' | 'endpoint'>): Generator<string> {
  const { pools } = table;
  // At once, so that the walk is over what was there at one moment.
  const keys = Array.from(pools.values(), (pool) => pools.keyOf(pool));
  let piece = '{';
  let separator = '';
  for (const key of sortedKeys(keys)) {
    if (key === null) {
      yield '';
      continue;
    }
    const pool = pools.get(key);
    if (pool === undefined) continue;
    piece += `${separator}${goJson(key)}:[`;
    separator = '';
    for (const { held } of each(pool.members)) {
      // It has gone since the last piece.
      if (held.uses === 0) continue;
      piece += separator + goJson(routeJson(table.endpoint(held)));
      separator = ',';
      if (piece.length < PIECE) continue;
      yield piece;
      piece = '';
    }
    piece += ']';
    separator = ',';
    if (piece.length < PIECE) continue;
    yield piece;
    piece = '';
  }
  yield `${piece}}\n`;
}

export function poolJson(pool: Pool, table: Pick<RouteTable, 'endpoint'>): RouteJson[] {
  return Array.from(each(pool.members), ({ held }) => routeJson(table.endpoint(held)));
}

const GO_ESCAPES: Readonly<Record<string, string>> = {
  '<': '\\u003c',
  '>': '\\u003e',
  '&': '\\u0026',
  '\u2028': '\\u2028',
  '\u2029': '\\u2029',
};

/** As Go's encoder writes it, which escapes what could do harm in a web page. */
function goJson(value: unknown): string {
  return JSON.stringify(value).replace(/[<>&\u2028\u2029]/g, (char) => GO_ESCAPES[char]!);
}

function routeJson(endpoint: EndpointFacts): RouteJson {
  return {
    address: endpoint.address,
    availability_zone: endpoint.availabilityZone,
    protocol: endpoint.protocol,
    tls: endpoint.tls,
    ttl: Math.floor(endpoint.staleThreshold),
    ...(endpoint.routeServiceUrl && { route_service_url: endpoint.routeServiceUrl }),
    tags: endpoint.tags && sorted(endpoint.tags),
    ...(endpoint.isolationSegment && { isolation_segment: endpoint.isolationSegment }),
    ...(endpoint.instanceId && { private_instance_id: endpoint.instanceId }),
    ...(endpoint.serverCertDomainSan && { server_cert_domain_san: endpoint.serverCertDomainSan }),
    ...(endpoint.loadBalancing && { load_balancing_algorithm: endpoint.loadBalancing }),
    ...(endpoint.requestTimeout > 0 && { request_timeout: endpoint.requestTimeout / 1000 }),
    ...(endpoint.hashHeader && { hash_header: endpoint.hashHeader }),
    ...(endpoint.hashBalance && { hash_balance: endpoint.hashBalance }),
    ...policyJson(endpoint),
  };
}

function policyJson({
  routePolicy,
}: EndpointFacts): Pick<RouteJson, 'route_policy_scope' | 'route_policies'> {
  if (routePolicy === null) return {};
  const { scope, sources } = routePolicy;
  return { route_policy_scope: scope, ...(sources.length > 0 && { route_policies: sources }) };
}

/** `fromEntries` defines its properties, so a tag named `__proto__` is one like any other. */
function sorted(tags: Readonly<Record<string, string>>): Record<string, string> {
  const keys = Object.keys(tags).sort();
  return Object.fromEntries(keys.map((key) => [key, tags[key]!]));
}
