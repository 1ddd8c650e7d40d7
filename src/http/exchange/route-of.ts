import type { Pool } from '../../routing/pool.ts';
import { REJECTED_REQUESTS } from '../../telemetry/counters.ts';
import type { Account } from '../account/account.ts';
import type { Downstream } from '../downstream.ts';
import {
  EMPTY_HOST,
  noEndpoints,
  OPTIONS_OF_THE_ROUTER,
  type RouterError,
  unknownRoute,
} from '../policy/router-error.ts';
import { callerRefusal } from './caller.ts';
import type { ExchangeParts } from './exchange-parts.ts';

/** The endpoints a request is for, or the answer when there are none. */
export function routeOf(
  downstream: Downstream,
  { context, destinations, backends, ledger }: ExchangeParts,
  account: Account,
): Pool | RouterError {
  const { request, client } = downstream;
  const { settings, counters } = context;
  const { routes, domainNames } = destinations;
  const host = request.lookupName;
  if (host === '' || host === client.ip) {
    counters.add(REJECTED_REQUESTS);
    return EMPTY_HOST;
  }
  if (request.maxForwards === 0) return OPTIONS_OF_THE_ROUTER;
  const pool = routes.match(host, request.path);
  ledger.noteLookup(account);
  account.pool = pool;
  if (pool === null || (pool.isEmpty && !settings.emptyPoolIs503)) {
    counters.add(REJECTED_REQUESTS);
    return unknownRoute(request.host);
  }
  if (pool.isEmpty) return noEndpoints(request.host);
  if (domainNames.isEmpty && client.domain === '' && pool.settings.routePolicy === null) return pool;
  return callerRefusal(pool, downstream, domainNames, backends, account) ?? pool;
}
