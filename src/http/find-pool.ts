import type { Pool } from '../routing/pool.ts';
import { REJECTED_REQUESTS } from '../telemetry/counters.ts';
import type { Account } from './account.ts';
import type { Downstream } from './downstream.ts';
import type { HttpProxy } from './http-proxy.ts';
import { noteLookup } from './measured.ts';
import {
  EMPTY_HOST,
  noEndpoints,
  OPTIONS_OF_THE_ROUTER,
  type RouterError,
  unknownRoute,
} from './policy/router-error.ts';

/** The endpoints a request is for, or the answer when there are none. */
export function findPool(
  { request, client }: Downstream,
  { routes, settings, counters, meters }: HttpProxy,
  account: Account,
): Pool | RouterError {
  const host = request.lookupName;
  if (host === '' || host === client.ip) {
    counters.add(REJECTED_REQUESTS);
    return EMPTY_HOST;
  }
  if (request.maxForwards === 0) return OPTIONS_OF_THE_ROUTER;
  const pool = routes.match(host, request.path);
  if (meters?.timed) noteLookup(meters, account);
  if (pool === null || (pool.isEmpty && !settings.emptyPoolIs503)) {
    counters.add(REJECTED_REQUESTS);
    return unknownRoute(request.host);
  }
  return pool.isEmpty ? noEndpoints(request.host) : pool;
}
