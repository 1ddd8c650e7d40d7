import type { Endpoint } from '../routing/endpoint.ts';
import type { Pool } from './pool.ts';

/** One endpoint as `/routes` shows it (gorouter.md §6.2): empty fields are left out, but not all of them. */
interface RouteJson {
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
}

export type RoutesJson = Readonly<Record<string, readonly RouteJson[]>>;

export function routesJson(pools: ReadonlyMap<string, Pool>): RoutesJson {
  // Without a prototype: a route may be named `__proto__`.
  const routes: Record<string, RouteJson[]> = Object.create(null);
  for (const key of [...pools.keys()].sort()) {
    routes[key] = Array.from(pools.get(key)!.members.values(), ({ endpoint }) => routeJson(endpoint));
  }
  return routes;
}

function routeJson(endpoint: Endpoint): RouteJson {
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
  };
}

/** `fromEntries` defines its properties, so a tag named `__proto__` is one like any other. */
function sorted(tags: Readonly<Record<string, string>>): Record<string, string> {
  const keys = Object.keys(tags).sort();
  return Object.fromEntries(keys.map((key) => [key, tags[key]!]));
}
