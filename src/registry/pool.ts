import type { ChangedPool, PoolPolicy } from '../routing/change.ts';
import type { EndpointFacts, LoadBalancing } from '../routing/endpoint.ts';
import { sameRoutePolicy } from '../routing/route-policy.ts';
import type { Members } from './members.ts';

/** All endpoints of one route key. */
export interface Pool extends ChangedPool {
  /** The same object in all pools that nothing is said of. */
  policy: PoolPolicy;
  members: Members;
  /** Whole monotonic milliseconds of the last registration or removal. */
  changedAt: number;
}

/**
 * The policy after a registration: the pool follows its last one, except that a registration without an
 * algorithm leaves the pool's (gorouter.md §1.5, §2.5). The same object when nothing changes.
 */
export function policyAfter(
  policy: PoolPolicy,
  registration: Pick<
    EndpointFacts,
    'routeServiceUrl' | 'routePolicy' | 'loadBalancing' | 'hashHeader' | 'hashBalance'
  >,
): PoolPolicy {
  const { routeServiceUrl, routePolicy } = registration;
  const { loadBalancing, hashHeader, hashBalance } =
    registration.loadBalancing === '' ? policy : registration;
  if (
    routeServiceUrl === policy.routeServiceUrl &&
    sameRoutePolicy(routePolicy, policy.routePolicy) &&
    loadBalancing === policy.loadBalancing &&
    hashHeader === policy.hashHeader &&
    hashBalance === policy.hashBalance
  ) {
    return policy;
  }
  return {
    routeServiceUrl,
    routePolicy,
    loadBalancing: loadBalancing as LoadBalancing,
    hashHeader,
    hashBalance,
  };
}
