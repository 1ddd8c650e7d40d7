import type { Backend } from './backend.ts';
import type { RoutePolicy } from './route-policy.ts';

/** What was registered of one instance of an application. Immutable: a registration that changes anything makes another. */
export interface EndpointFacts {
  /** Canonical `host:port`, IPv6 without brackets, as gorouter prints it. */
  readonly address: string;
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
  /** `http1`, `http2`, or whatever the registration said; unknown text acts as `http1`. */
  readonly protocol: string;
  /** Name to verify in the backend's certificate; empty when none was registered. */
  readonly serverCertDomainSan: string;
  readonly appId: string;
  readonly instanceId: string;
  readonly instanceIndex: string;
  readonly availabilityZone: string;
  readonly isolationSegment: string;
  readonly routeServiceUrl: string;
  /** `null` when the registration carried no tags; `/routes` shows the difference. */
  readonly tags: Readonly<Record<string, string>> | null;
  /** Seconds without a heartbeat after which the endpoint is stale, already clipped to the router's threshold. */
  readonly staleThreshold: number;
  /** Unix nanoseconds as decimal text: beyond 2^53, and only compared and subtracted once. `0` when absent. */
  readonly updatedAtNs: string;
  /** `options.loadbalancing` as registered; empty when absent or unknown. */
  readonly loadBalancing: '' | LoadBalancing;
  /** `options.request_timeout` in milliseconds, in place of `endpoint_timeout`; 0 when absent. */
  readonly requestTimeout: number;
  /** `options.hash_header` and `options.hash_balance`; empty and 0 unless `loadBalancing` is `hash`. */
  readonly hashHeader: string;
  readonly hashBalance: number;
  /** `options.route_policy_scope` and `options.route_policy_sources`; `null`: anybody may call. */
  readonly routePolicy: RoutePolicy | null;
}

/** An instance as the pools of one thread have it; whoever holds it holds its backend. */
export interface Endpoint extends EndpointFacts {
  readonly backend: Backend;
}

export type LoadBalancing = 'round-robin' | 'least-connection' | 'hash';

type Identity = Pick<
  EndpointFacts,
  'address' | 'tls' | 'protocol' | 'serverCertDomainSan' | 'appId' | 'instanceId'
>;

/**
 * A key under which connections to and counts of one backend may be shared: same process, same identity. The
 * application belongs to it: without an instance's id it is all that tells who has an address from who had it before.
 */
export function backendIdentity(e: Identity): string {
  // As JSON, because protocol and names are free text: no two identities can be spelled alike.
  return JSON.stringify([e.address, e.tls, e.protocol, e.serverCertDomainSan, e.appId, e.instanceId]);
}

/**
 * Whether one may have the connections that were made to the other, whose place in a route it has taken: an instance's id
 * is all that tells them apart. In plain text nothing on a connection ever depended on it; over TLS the certificate did.
 */
export function mayInherit(next: Identity, left: Identity): boolean {
  return (
    !next.tls &&
    !left.tls &&
    next.address === left.address &&
    next.protocol === left.protocol &&
    next.serverCertDomainSan === left.serverCertDomainSan &&
    next.appId === left.appId
  );
}

/** The same for all that are of one identity, and for few others: made in less time, to be looked up by. */
export function identityText(e: Identity): string {
  return (e.tls ? 's' : 'p') + e.address + e.protocol + e.serverCertDomainSan + e.appId + e.instanceId;
}
