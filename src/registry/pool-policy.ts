import { type PoolPolicy, samePolicy } from '../routing/change.ts';
import type { EndpointFacts, LoadBalancing } from '../routing/endpoint.ts';
import { sameRoutePolicy } from '../routing/route-policy.ts';
import type { Terms } from './pool-terms.ts';

export type Balancing = Pick<EndpointFacts, 'loadBalancing' | 'hashHeader' | 'hashBalance'>;

/** The same object when nothing changes. */
export function withTerms(policy: PoolPolicy, { routePolicy, routeServiceUrl }: Terms): PoolPolicy {
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
