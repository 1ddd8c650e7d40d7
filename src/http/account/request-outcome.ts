import type { RequestOutcome } from '../../telemetry/request-cells.ts';
import type { Account } from './account.ts';

/** What the status of a client that went away is. */
const CLIENT_GONE = 499;

/** What an exchange came to. @param attempted whether an endpoint was asked */
export function requestOutcome(
  { status, routerError, failures }: Pick<Account, 'status' | 'routerError' | 'failures'>,
  attempted: boolean,
): RequestOutcome {
  if (routerError === '') {
    if (!attempted) return 'own';
    if (status < 400) return 'answered';
    return status < 500 ? 'client_error' : 'app_error';
  }
  if (status === CLIENT_GONE) return 'aborted';
  if (status >= 500 || status === 0) return 'gateway_error';
  if (!attempted) return 'refused';
  // The response had begun: whoever broke it off has a failure to show, or is the client.
  return failures.length > 0 ? 'gateway_error' : status >= 400 ? 'refused' : 'aborted';
}

/** Milliseconds from the head to the end of the response; -1 where it says nothing about the application. */
export function answerTime(
  { receivedAt, backendFinishedAt, status }: Pick<Account, 'receivedAt' | 'backendFinishedAt' | 'status'>,
  outcome: RequestOutcome,
): number {
  if (backendFinishedAt < 0 || status === 101 || outcome === 'aborted') return -1;
  return backendFinishedAt - receivedAt;
}
