import type { Pool } from '../../routing/pool.ts';
import type { DomainNames } from '../../tls/domain-names.ts';
import type { Account } from '../account/account.ts';
import type { ConnectionPools } from '../connection/connection-pools.ts';
import type { Downstream } from '../downstream.ts';
import { admission } from '../policy/route-policy.ts';
import { misdirected, type RouterError, routePolicyDenied } from '../policy/router-error.ts';

/**
 * Why a route, which has endpoints, is not for this client on this connection (docs/compatibility.md §3.16); `null` when it is.
 * Nothing of a request counts but what its connection has proved.
 */
export function callerRefusal(
  pool: Pool,
  { request, client }: Downstream,
  domainNames: DomainNames,
  backends: ConnectionPools,
  account: Account,
): RouterError | null {
  const { routePolicy } = pool.settings;
  if (domainOf(pool, request.lookupName, domainNames) !== client.domain) return misdirected(request.host);
  if (routePolicy === null) return null;
  const { allowed, rule } = admission(routePolicy, client.caller);
  account.routePolicy = rule;
  if (allowed) return null;
  // So that the application finds the request in its log.
  account.texts = backends.textsOf(pool.endpoints[0]!);
  return routePolicyDenied(request.host);
}

/**
 * Whether a request for this host on this route, from whomever and over any connection, goes straight to the route's
 * endpoints: only then may it be taken there without coming in by the front.
 */
export function isOpenToAll(pool: Pool, host: string, domainNames: DomainNames): boolean {
  const { routePolicy, routeServiceUrl } = pool.settings;
  return (
    !pool.isEmpty &&
    routePolicy === null &&
    routeServiceUrl === '' &&
    domainOf(pool, host, domainNames) === ''
  );
}

/** The domain whose clients alone get to a host on this route; empty: it is in none. */
function domainOf({ settings }: Pool, host: string, domainNames: DomainNames): string {
  // A wildcard route is in its domain for names of any depth, which the domain's own wildcard is not.
  return domainNames.of(host) || domainNames.of(hostOf(settings.routeKey));
}

function hostOf(routeKey: string): string {
  const slash = routeKey.indexOf('/');
  return slash < 0 ? routeKey : routeKey.slice(0, slash);
}
