import { BACKEND_EXHAUSTED_CONNS, BAD_GATEWAYS } from '../../telemetry/counters.ts';
import type { Account } from '../account/account.ts';
import type { Request } from '../message/request.ts';
import {
  connectionLimitReached,
  endpointFailure,
  type RouterError,
  routePolicyDenied,
} from '../policy/router-error.ts';
import type { EndpointChoice } from './endpoint-choice.ts';
import type { ExchangeParts } from './exchange-parts.ts';

const NO_ENDPOINTS = 'No endpoints available';

/** The answer to a request for whose route there are endpoints, but none that it may have (docs/compatibility.md §2.5). */
export function nobody(
  { backends, context: { counters, log } }: ExchangeParts,
  choice: EndpointChoice,
  { host }: Request,
  account: Account,
): RouterError {
  const { closedEndpoint } = choice;
  if (closedEndpoint !== null) {
    const { endpoint, rule } = closedEndpoint;
    account.routePolicy = rule;
    account.texts = backends.textsOf(endpoint);
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
