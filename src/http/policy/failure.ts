/** The ways one attempt at a backend can fail; each stands for a row of the reference's table (§2.6). */
export type FailureClass =
  /** The connection could not be made. */
  | 'dial'
  /** The connection could not be made for want of something on this machine: descriptors, source ports, memory. */
  | 'local'
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

const LOCAL_CAUSES: ReadonlySet<string> = new Set(['EMFILE', 'ENFILE', 'EADDRNOTAVAIL', 'ENOBUFS', 'ENOMEM']);

/** `code`: the system's, of a connection that could not be made. */
export function dialFailure(code: string): 'dial' | 'local' {
  return LOCAL_CAUSES.has(code) ? 'local' : 'dial';
}

/** Whether the same request may be sent again: certain not to be processed, or safe to repeat. */
export function isRetriable({ class: failure, reused, idempotent }: AttemptFacts): boolean {
  switch (failure) {
    case 'dial':
    case 'local':
    case 'unsent':
      return true;
    case 'closed-early':
      return idempotent;
    case 'reset-early':
      // A backend that closes an idle connection just as we write answers with a reset (nodejs/node#47130).
      return idempotent && reused;
    default:
      return false;
  }
}

/** Whether the backend is to be passed over for a while. */
export function marksFailed({ class: failure, reused }: AttemptFacts): boolean {
  return failure === 'dial' || (failure === 'reset-early' && !reused);
}

/** Whether the failure speaks of a connection that went stale, not of the backend: then it is worth another try itself. */
export function isStale({ class: failure, reused }: AttemptFacts): boolean {
  return failure === 'unsent' || (reused && (failure === 'closed-early' || failure === 'reset-early'));
}

/** RFC 9110 §9.2.2, as far as a proxy can know: methods without effect, or a key that says a repeat is recognised. */
export function isIdempotent(method: string, hasBody: boolean, hasIdempotencyKey: boolean): boolean {
  if (hasBody) return false;
  if (hasIdempotencyKey) return true;
  return method === 'GET' || method === 'HEAD' || method === 'OPTIONS' || method === 'TRACE';
}

/**
 * Whether one more attempt is worth making. A stale connection says nothing about its backend, so the same one may be
 * tried once more beyond the limit; otherwise there must be an endpoint that has not failed yet (routing-release#385).
 */
export function mayTryAgain(
  attempts: number,
  maxAttempts: number,
  stale: boolean,
  untried: boolean,
): boolean {
  return stale ? attempts < maxAttempts + 1 : attempts < maxAttempts && untried;
}
