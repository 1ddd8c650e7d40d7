import { isLocalError } from '../../network/local-errors.ts';
import {
  BACKEND_INVALID_ID,
  BACKEND_INVALID_TLS_CERT,
  BACKEND_TLS_HANDSHAKE_FAILED,
  BAD_GATEWAYS,
} from '../../telemetry/counters.ts';
import type { Request } from '../message/request.ts';

/** The ways one attempt at a backend can fail; each stands for a row of docs/compatibility.md §2.6. */
export type FailureClass =
  /** The connection could not be made. */
  | 'dial'
  /** The connection could not be made for want of something on this machine: descriptors, source ports, memory. */
  | 'local'
  /** The connection could not be made for a fault of our own. */
  | 'own-fault'
  /** TLS was offered to a backend that does not speak it. */
  | 'not-tls'
  /** The certificate is another instance's: the registered name is not in it. */
  | 'hostname-mismatch'
  /** Nobody we trust has signed the certificate. */
  | 'untrusted-certificate'
  /** Its time is over, or has not come yet. */
  | 'expired-certificate'
  /** The backend says that our certificate is bad, or that it wants one. */
  | 'certificate-refused'
  /** The backend breaks the TLS handshake off for another reason. */
  | 'handshake-refused'
  /** The connection was reset before the TLS handshake was over. */
  | 'handshake-reset'
  | 'handshake-timeout'
  /** No version of TLS that both speak. */
  | 'version-mismatch'
  /** Nothing of the request reached the backend: the connection was already dead when we wrote. */
  | 'unsent'
  /** The backend closed before the first byte of a response. */
  | 'closed-early'
  /** The connection was reset before the first byte of a response. */
  | 'reset-early'
  /** No complete response within the endpoint timeout. */
  | 'timeout'
  /** What came is not an HTTP/1.1 response, or breaks off. */
  | 'malformed'
  | 'truncated';

export interface AttemptFacts {
  readonly class: FailureClass;
  /** Whether the connection had carried an exchange before. */
  readonly reused: boolean;
  readonly idempotent: boolean;
}

interface Rule {
  /** When the same request may be sent again: certain not to be processed, or safe to repeat. */
  readonly retry: 'always' | 'idempotent' | 'idempotent-and-reused' | 'never';
  /** When the backend is passed over for a while. */
  readonly marks: 'always' | 'on-new-connection' | 'never';
  /** Whether it happens before a byte of the request could be sent, by the endpoint's fault. */
  readonly unreached: boolean;
  /** What the client is told when there is no other attempt. */
  readonly status: 502 | 503 | 496 | 525 | 526;
  readonly counter: number;
}

function rule(retry: Rule['retry'], marks: Rule['marks']): Rule {
  return { retry, marks, unreached: false, status: 502, counter: BAD_GATEWAYS };
}

function unreached(status: Rule['status'], counter: number): Rule {
  return { retry: 'always', marks: 'always', unreached: true, status, counter };
}

const RULES: Readonly<Record<FailureClass, Rule>> = {
  dial: unreached(502, BAD_GATEWAYS),
  'not-tls': unreached(525, BACKEND_TLS_HANDSHAKE_FAILED),
  'hostname-mismatch': unreached(503, BACKEND_INVALID_ID),
  'untrusted-certificate': unreached(526, BACKEND_INVALID_TLS_CERT),
  'expired-certificate': unreached(526, BACKEND_INVALID_TLS_CERT),
  'certificate-refused': unreached(496, BACKEND_TLS_HANDSHAKE_FAILED),
  'handshake-refused': unreached(525, BACKEND_TLS_HANDSHAKE_FAILED),
  'handshake-timeout': unreached(502, BAD_GATEWAYS),
  local: rule('always', 'never'),
  'own-fault': rule('always', 'never'),
  'version-mismatch': rule('always', 'never'),
  // A proxy before the backend that is just being restarted does so: it is no sign that another instance is there.
  'handshake-reset': rule('always', 'always'),
  unsent: rule('always', 'never'),
  'closed-early': rule('idempotent', 'never'),
  // A backend that closes an idle connection just as we write answers with a reset (nodejs/node#47130).
  'reset-early': rule('idempotent-and-reused', 'on-new-connection'),
  timeout: rule('never', 'never'),
  malformed: rule('never', 'never'),
  truncated: rule('never', 'never'),
};

/** `code`: the system's, of a connection that could not be made. */
export function dialFailure(code: string): 'dial' | 'local' {
  return isLocalError(code) ? 'local' : 'dial';
}

/** Whether the same request may be sent again. */
export function isRetriable({ class: failure, reused, idempotent }: AttemptFacts): boolean {
  switch (RULES[failure].retry) {
    case 'always':
      return true;
    case 'idempotent':
      return idempotent;
    case 'idempotent-and-reused':
      return idempotent && reused;
    case 'never':
      return false;
  }
}

/** Whether the backend is to be passed over for a while. */
export function marksFailed({ class: failure, reused }: AttemptFacts): boolean {
  const { marks } = RULES[failure];
  return marks === 'always' || (marks === 'on-new-connection' && !reused);
}

/** Whether a TLS endpoint leaves its pool until its next registration: most likely another instance has its address. */
export function prunes(failure: FailureClass): boolean {
  return RULES[failure].unreached;
}

/** Whether the attempt ended before a byte of the request could be sent, and by the endpoint's fault. */
export function isUnreached(failure: FailureClass): boolean {
  return RULES[failure].unreached;
}

/** Of the answer to the client after the last attempt. */
export function failureStatus(failure: FailureClass): number {
  return RULES[failure].status;
}

/** What is counted with that answer. */
export function failureCounter(failure: FailureClass): number {
  return RULES[failure].counter;
}

/** Whether the failure speaks of a connection that went stale, not of the backend: then it is worth another try itself. */
export function isStale({ class: failure, reused }: AttemptFacts): boolean {
  return failure === 'unsent' || (reused && (failure === 'closed-early' || failure === 'reset-early'));
}

export function attemptFacts(failure: FailureClass, reused: boolean, request: Request): AttemptFacts {
  const { method, bodyLength, hasIdempotencyKey } = request;
  return { class: failure, reused, idempotent: isIdempotent(method, bodyLength !== 0, hasIdempotencyKey) };
}

/** RFC 9110 §9.2.2, as far as a proxy can know: methods without effect, or a key that says a repeat is recognised. */
function isIdempotent(method: string, hasBody: boolean, hasIdempotencyKey: boolean): boolean {
  if (hasBody) return false;
  if (hasIdempotencyKey) return true;
  return method === 'GET' || method === 'HEAD' || method === 'OPTIONS' || method === 'TRACE';
}

/** What has been tried, and what could be. */
export interface Attempts {
  readonly attempts: number;
  /** `backends.max_attempts` */
  readonly maxAttempts: number;
  /** Whether there is an endpoint that has not been tried. */
  readonly untried: boolean;
  /** Whether there is still time and leave to go beyond it. */
  readonly mayExceed: boolean;
}

/**
 * Whether one more attempt is worth making. A stale connection says nothing about its backend, so the same one may be
 * tried once more beyond the limit; otherwise there must be an endpoint that has not been tried (routing-release#385).
 * Endpoints that cannot be reached do not use the limit up while there is time, or a few stale ones would hide a healthy
 * one (routing-release#285, docs/decisions/0016-dead-endpoints-and-max-attempts.md).
 */
export function mayTryAgain(facts: AttemptFacts, tally: Attempts): boolean {
  const { attempts, maxAttempts, untried, mayExceed } = tally;
  if (isStale(facts)) return attempts < maxAttempts + 1;
  if (!untried || maxAttempts === 1) return false;
  return attempts < maxAttempts || (isUnreached(facts.class) && mayExceed);
}
