import type { Endpoint } from '../routing/endpoint.ts';
import { endpointLogData } from '../routing/endpoint-log-data.ts';
import type { Pool } from '../routing/pool.ts';
import { NO_SEAT } from '../routing/seat.ts';
import { BACKEND_EXHAUSTED_CONNS, BAD_GATEWAYS, REJECTED_REQUESTS, REQUESTS } from '../telemetry/counters.ts';
import type { Account } from './account.ts';
import type { Downstream } from './downstream.ts';
import type { EndpointChoice } from './endpoint-choice.ts';
import type { HttpProxy } from './http-proxy.ts';
import type { Request } from './message/request.ts';
import { type Attempts, type FailureClass, prunes } from './policy/failure.ts';
import {
  connectionLimitReached,
  endpointFailure,
  FORWARDING_LOOP,
  type RouterError,
  routePolicyDenied,
} from './policy/router-error.ts';

/** Characters of X-Forwarded-For: some two hundred addresses, which only a loop collects. */
const LONGEST_WAY = 4096;
const NO_ENDPOINTS = 'No endpoints available';

/** The endpoint is passed over for a while, on every thread; one with TLS leaves its pool (gorouter.md §2.6). */
export function blame(proxy: HttpProxy, pool: Pool, endpoint: Endpoint, failure: FailureClass): void {
  const { cells, settings, log, now } = proxy;
  const { seat } = endpoint.backend;
  if (seat === NO_SEAT) return;
  cells.markFailed(seat, Math.ceil(now / 1000) + settings.failureMarkSeconds);
  if (endpoint.tls && prunes(failure)) proxy.prune(pool.settings, endpoint);
  else log.error('endpoint-marked-as-ineligible', { 'route-endpoint': endpointLogData(endpoint) });
}

/** What speaks for and against one more attempt. */
export function attemptsOf(
  { settings, now, counters, retryBudget }: HttpProxy,
  { receivedAt }: Account,
  { attempts, untried, toService }: { attempts: number; untried: boolean; toService: boolean },
): Attempts {
  const { maxAttempts } = toService ? settings.routeServices : settings;
  const isEarly = now - receivedAt < (settings.dialTimeout || Number.POSITIVE_INFINITY);
  const mayExceed = isEarly && attempts >= maxAttempts && retryBudget.take(counters.get(REQUESTS));
  return { attempts, maxAttempts, untried, mayExceed };
}

/** Requests that come back to where they have been are not sent round once more. */
export function loopFault({ forwardedFor }: Account): RouterError | null {
  return forwardedFor.length > LONGEST_WAY ? FORWARDING_LOOP : null;
}

/** The answer to a request for whose route there are endpoints, but none that it may have (gorouter.md §2.5). */
export function nobody(
  { backends, counters, log }: HttpProxy,
  choice: EndpointChoice,
  { host }: Request,
  account: Account,
): RouterError {
  const { closedEndpoint } = choice;
  if (closedEndpoint !== null) {
    const { endpoint, rule } = closedEndpoint;
    account.routePolicy = rule;
    account.texts = backends.of(endpoint).textsOf(endpoint);
    return routePolicyDenied(host);
  }
  if (choice.isExhausted) {
    counters.add(BACKEND_EXHAUSTED_CONNS);
    return connectionLimitReached(host);
  }
  counters.add(BAD_GATEWAYS);
  log.error('select-endpoint-failed', {
    host,
    error: NO_ENDPOINTS,
    vcap_request_id: account.requestId,
  });
  return endpointFailure(NO_ENDPOINTS);
}

/** Why the instance that the request names cannot have it; `null` when one can. */
export function unchoosable(
  { counters }: HttpProxy,
  choice: EndpointChoice,
  pool: Pool,
  downstream: Downstream,
  isDetour: boolean,
): RouterError | null {
  const error = choice.begin(pool, downstream, isDetour);
  if (error !== null) counters.add(REJECTED_REQUESTS);
  return error;
}
