import type { RouteMessage } from '../bus/route-message.ts';
import type { Endpoint } from '../routing/endpoint.ts';

/**
 * Whether a message says what the table already holds: then it is a mere heartbeat. `staleThreshold` is the
 * message's, clipped. The availability zone counts here, unlike in gorouter (gorouter.md §10.2).
 */
export function sameEndpoint(held: Endpoint, message: RouteMessage, staleThreshold: number): boolean {
  return (
    held.address === message.address &&
    held.tls === message.tls &&
    held.appId === message.appId &&
    held.instanceId === message.instanceId &&
    held.instanceIndex === message.instanceIndex &&
    held.updatedAtNs === message.updatedAtNs &&
    held.protocol === message.protocol &&
    held.serverCertDomainSan === message.serverCertDomainSan &&
    held.routeServiceUrl === message.routeServiceUrl &&
    held.loadBalancing === message.loadBalancing &&
    held.requestTimeout === message.requestTimeout &&
    held.hashHeader === message.hashHeader &&
    held.hashBalance === message.hashBalance &&
    held.isolationSegment === message.isolationSegment &&
    held.availabilityZone === message.availabilityZone &&
    held.staleThreshold === staleThreshold &&
    sameTags(held.tags, message.tags)
  );
}

function sameTags(a: Endpoint['tags'], b: Endpoint['tags']): boolean {
  if (a === null || b === null) return a === b;
  let surplus = 0;
  for (const key in a) {
    if (a[key] !== b[key]) return false;
    surplus++;
  }
  for (const _ in b) surplus--;
  return surplus === 0;
}
