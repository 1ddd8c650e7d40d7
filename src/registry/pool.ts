import type { PoolSettings } from '../routing/change.ts';
import type { Endpoint, LoadBalancing } from '../routing/endpoint.ts';
import { sameRoutePolicy } from '../routing/route-policy.ts';
import type { Members } from './members.ts';

/** All endpoints of one route key. */
export interface Pool {
  settings: PoolSettings;
  members: Members;
  /** Whole monotonic milliseconds of the last registration or removal. */
  changedAt: number;
}

/**
 * The settings after a registration: the pool follows its last one, except that a registration without an
 * algorithm leaves the pool's (gorouter.md §1.5, §2.5). The same object when nothing changes.
 */
export function settingsAfter(
  settings: PoolSettings,
  registration: Pick<
    Endpoint,
    'routeServiceUrl' | 'routePolicy' | 'loadBalancing' | 'hashHeader' | 'hashBalance'
  >,
): PoolSettings {
  const { routeServiceUrl, routePolicy } = registration;
  const { loadBalancing, hashHeader, hashBalance } =
    registration.loadBalancing === '' ? settings : registration;
  if (
    routeServiceUrl === settings.routeServiceUrl &&
    sameRoutePolicy(routePolicy, settings.routePolicy) &&
    loadBalancing === settings.loadBalancing &&
    hashHeader === settings.hashHeader &&
    hashBalance === settings.hashBalance
  ) {
    return settings;
  }
  return {
    ...settings,
    routeServiceUrl,
    routePolicy,
    loadBalancing: loadBalancing as LoadBalancing,
    hashHeader,
    hashBalance,
  };
}
