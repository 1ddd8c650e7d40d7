import type { Endpoint } from '../../routing/endpoint.ts';
import { endpointLogData } from '../../routing/endpoint-log-data.ts';
import { NO_SEAT } from '../../routing/seat.ts';
import type { ComponentLog, LogData } from '../../telemetry/component-log.ts';
import type { EndpointTexts } from '../policy/endpoint-texts.ts';
import { type FailureClass, isUnreached } from '../policy/failure.ts';
import type { Upstream } from '../upstream.ts';
import type { Account } from './account.ts';
import { AttemptTimes } from './attempt-times.ts';

/** What the component log says of an attempt at an endpoint. */
export function attemptData(endpoint: Endpoint, account: Account): LogData {
  const { requestId, trace } = account;
  return {
    'route-endpoint': endpointLogData(endpoint),
    application_id: endpoint.appId,
    instance_id: endpoint.instanceId,
    vcap_request_id: requestId,
    ...(trace !== null && { 'trace-id': trace.traceId, 'span-id': trace.spanId }),
  };
}

/** One attempt that has failed, and how it stood among the others. */
export interface FailedAttempt {
  readonly failure: FailureClass;
  readonly cause: string;
  readonly attempt: number;
  readonly endpoints: number;
  readonly retriable: boolean;
}

/** An attempt has failed (docs/compatibility.md §2.7). */
export function logFailure(
  log: ComponentLog,
  endpoint: Endpoint,
  account: Account,
  upstream: Upstream,
  { failure, cause, attempt, endpoints, retriable }: FailedAttempt,
): void {
  const toService = endpoint.backend.seat === NO_SEAT;
  const connected = !isUnreached(failure) && failure !== 'local' && failure !== 'own-fault';
  const made = new AttemptTimes();
  made.takes(upstream.times, upstream.reused);
  log.error(toService ? 'route-service-connection-failed' : 'backend-endpoint-failed', {
    ...(toService && { 'route-service-endpoint': endpoint.address }),
    ...attemptData(endpoint, account),
    error: cause,
    attempt,
    retriable,
    'num-endpoints': endpoints,
    'got-connection': connected,
    'wrote-headers': connected && failure !== 'unsent',
    'conn-reused': upstream.reused,
    'dns-lookup-time': seconds(made.dns),
    'dial-time': seconds(made.dial),
    'tls-handshake-time': seconds(made.tls),
    'local-address': made.localAddress,
  });
}

function seconds(milliseconds: number): number {
  return Math.max(milliseconds, 0) / 1000;
}

/** A route service has answered; one that turns a request down is worth a line (docs/compatibility.md §4.6). */
export function logServiceAnswer(log: ComponentLog, { endpoint }: EndpointTexts, status: number): void {
  if (status >= 200 && status < 300) return;
  log.info('route-service-response', { 'route-service-endpoint': endpoint.address, 'status-code': status });
}
