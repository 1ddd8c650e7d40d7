import type { RouterErrorRow } from '../../http/account/router-errors.ts';
import type { Session } from '../../http/account/session.ts';

/** A proxy thread as the control thread knows it. */
interface Member {
  readonly thread: number;
  readonly state: string;
  /** Monotonic milliseconds. */
  readonly startedAt: number;
  readonly starts: number;
}

/** What it says of itself. */
interface Fares {
  readonly connections: number;
  readonly inFlight: number;
  readonly requests: number;
  readonly requestsPerSecond: number;
  readonly cpu: number;
  readonly delay: { readonly p50: number; readonly p99: number; readonly max: number };
  readonly heapUsed: number;
  readonly heapLimit: number;
  readonly external: number;
}

/** @param fares null: it gave no answer @param now monotonic milliseconds */
export function threadJson({ thread, state, startedAt, starts }: Member, fares: Fares | null, now: number) {
  return {
    thread,
    state,
    up_seconds: round((now - startedAt) / 1000),
    starts,
    answers: fares !== null,
    ...(fares !== null && {
      connections: fares.connections,
      in_flight: fares.inFlight,
      requests: fares.requests,
      requests_per_second: round(fares.requestsPerSecond),
      cpu: round(fares.cpu),
      loop_delay_ms: {
        p50: round(fares.delay.p50),
        p99: round(fares.delay.p99),
        max: round(fares.delay.max),
      },
      heap_bytes: fares.heapUsed,
      heap_limit_bytes: fares.heapLimit,
      external_bytes: fares.external,
    }),
  };
}

export function errorJson({ error, status, route, endpoint, count, at, id }: RouterErrorRow): object {
  return { error, status, route, endpoint, count, last: new Date(at).toISOString(), last_id: id };
}

/** @param now Unix milliseconds */
export function sessionJson(session: Session, thread: number, now: number): object {
  const { age, fromClient, fromBackend, ...told } = session;
  return {
    ...told,
    thread,
    since: new Date(now - age).toISOString(),
    age_seconds: round(age / 1000),
    from_client_bytes: fromClient,
    from_backend_bytes: fromBackend,
  };
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
