import type { Pool } from '../routing/pool.ts';
import type { Account } from './account.ts';
import type { Downstream } from './downstream.ts';
import type { HttpProxy } from './http-proxy.ts';
import { admission } from './policy/route-policy.ts';
import { misdirected, type RouterError, routePolicyDenied } from './policy/router-error.ts';

/**
 * Why a route, which has endpoints, is not for this client on this connection (gorouter.md §3.16); `null` when it is.
 * Nothing of a request counts but what its connection has proved.
 */
export function callerRefusal(
  pool: Pool,
  { request, client }: Downstream,
  { domainNames, backends }: HttpProxy,
  account: Account,
): RouterError | null {
  const { routeKey, routePolicy } = pool.settings;
  // A wildcard route is in its domain for names of any depth, which the domain's own wildcard is not.
  const domain = domainNames.of(request.lookupName) || domainNames.of(hostOf(routeKey));
  if (domain !== client.domain) return misdirected(request.host);
  if (routePolicy === null) return null;
  const { allowed, rule } = admission(routePolicy, client.caller);
  account.routePolicy = rule;
  if (allowed) return null;
  // So that the application finds the request in its log.
  const endpoint = pool.endpoints[0]!;
  account.texts = backends.of(endpoint).textsOf(endpoint);
  return routePolicyDenied(request.host);
}

function hostOf(routeKey: string): string {
  const slash = routeKey.indexOf('/');
  return slash < 0 ? routeKey : routeKey.slice(0, slash);
}
