import { type PoolPolicy, samePolicy } from '../routing/change.ts';
import type { EndpointFacts, LoadBalancing } from '../routing/endpoint.ts';
import { sameRoutePolicy } from '../routing/route-policy.ts';

/** What an endpoint says of its route as a whole. */
export type Terms = Pick<EndpointFacts, 'routePolicy' | 'routeServiceUrl'>;
export type Balancing = Pick<EndpointFacts, 'loadBalancing' | 'hashHeader' | 'hashBalance'>;

/**
 * Who may call a pool, and by way of what service: as the endpoint in it says that came last to say so. While one names
 * a policy the pool is never open, whoever else came or went (docs/compatibility.md §1.5). The same object when nothing changes.
 *
 * @param newestFirst of the endpoints in the pool that say something
 */
export function withTerms(policy: PoolPolicy, newestFirst: Iterable<Terms>): PoolPolicy {
  let routePolicy: Terms['routePolicy'] = null;
  let routeServiceUrl = '';
  for (const terms of newestFirst) {
    routePolicy ??= terms.routePolicy;
    routeServiceUrl ||= terms.routeServiceUrl;
    if (routePolicy !== null && routeServiceUrl !== '') break;
  }
  return changed(policy, { ...policy, routePolicy, routeServiceUrl });
}

/** The algorithm of the last registration that names one (docs/compatibility.md §2.5). The same object when nothing changes. */
export function withBalancing(policy: PoolPolicy, said: Balancing): PoolPolicy {
  const { loadBalancing, hashHeader, hashBalance } = said;
  if (loadBalancing === '') return policy;
  return changed(policy, {
    ...policy,
    loadBalancing: loadBalancing as LoadBalancing,
    hashHeader,
    hashBalance,
  });
}

/**
 * What holds while the members change from those of one policy to those of the next, which proxy threads do one after
 * the other: whatever either asks for.
 */
export function strictest(before: PoolPolicy, next: PoolPolicy): PoolPolicy {
  if (before === next) return next;
  return changed(next, {
    ...next,
    routePolicy: next.routePolicy ?? before.routePolicy,
    routeServiceUrl: next.routeServiceUrl || before.routeServiceUrl,
  });
}

function changed(policy: PoolPolicy, next: PoolPolicy): PoolPolicy {
  const same = sameRoutePolicy(policy.routePolicy, next.routePolicy);
  return same && samePolicy(policy, { ...next, routePolicy: policy.routePolicy }) ? policy : next;
}
