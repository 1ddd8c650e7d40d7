import type { Endpoint } from '../routing/endpoint.ts';
import { MAX_SLOTS } from '../routing/endpoint-cells.ts';
import { endpointLogData } from '../routing/endpoint-log-data.ts';
import type { Pool } from '../routing/pool.ts';
import { BACKEND_EXHAUSTED_CONNS, BAD_GATEWAYS, REJECTED_REQUESTS } from '../telemetry/counters.ts';
import type { Account } from './account.ts';
import type { EndpointChoice } from './endpoint-choice.ts';
import type { HttpProxy } from './http-proxy.ts';
import type { Head } from './message/head.ts';
import type { Request } from './message/request.ts';
import { type FailureClass, prunes } from './policy/failure.ts';
import { connectionLimitReached, endpointFailure, type RouterError } from './policy/router-error.ts';

const NO_ENDPOINTS = 'No endpoints available';

/** The endpoint is passed over for a while, on every thread; one with TLS leaves its pool (gorouter.md §2.6). */
export function blame(proxy: HttpProxy, pool: Pool, endpoint: Endpoint, failure: FailureClass): void {
  const { cells, settings, log, now } = proxy;
  cells.markFailed(endpoint.slot, Math.ceil(now / 1000) + settings.failureMarkSeconds);
  if (endpoint.slot >= MAX_SLOTS) return;
  if (endpoint.tls && prunes(failure)) proxy.prune(pool.settings, endpoint);
  else log.error('endpoint-marked-as-ineligible', { 'route-endpoint': endpointLogData(endpoint) });
}

/** The answer to a request for whose route there are endpoints, but none that it may have (gorouter.md §2.5). */
export function nobody(
  { counters, log }: HttpProxy,
  choice: EndpointChoice,
  { host }: Request,
  { requestId }: Account,
): RouterError {
  if (choice.isExhausted) {
    counters.add(BACKEND_EXHAUSTED_CONNS);
    return connectionLimitReached(host);
  }
  counters.add(BAD_GATEWAYS);
  log.error('select-endpoint-failed', {
    host,
    error: NO_ENDPOINTS,
    vcap_request_id: requestId,
  });
  return endpointFailure(NO_ENDPOINTS);
}

/** Why the instance that the request names cannot have it; `null` when one can. */
export function unchoosable(
  { counters }: HttpProxy,
  choice: EndpointChoice,
  pool: Pool,
  { head, request }: { readonly head: Head; readonly request: Request },
  isDetour: boolean,
): RouterError | null {
  const error = choice.begin(pool, head, request, isDetour);
  if (error !== null) counters.add(REJECTED_REQUESTS);
  return error;
}
