import { type FailureClass, failureStatus } from './failure.ts';
import { proxyErrorOf } from './proxy-status.ts';
import { endpointFailure, type RouterError, routerExhausted } from './router-error.ts';

/** What a client gets when its last attempt has failed. @param cause as in `X-Cf-RouterError` */
export function failureAnswer(failure: FailureClass, cause: string): RouterError {
  if (failure === 'local') return routerExhausted(cause);
  return endpointFailure(cause, failureStatus(failure), proxyErrorOf(failure, cause));
}
