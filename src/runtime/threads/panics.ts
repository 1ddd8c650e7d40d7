import type { Panic } from '../../boundary/boundary.ts';
import type { ComponentLog } from '../../telemetry/component-log.ts';
import { panicCounter, type ThreadCounters } from '../../telemetry/counters.ts';

/** A handler of this thread has thrown: counted, and written down as gorouter does. */
export function notePanic(
  { kind, requestId, error }: Panic,
  counters: ThreadCounters,
  log: ComponentLog,
): void {
  counters.add(panicCounter(kind));
  log.error('panic-check', {
    error: error instanceof Error ? (error.stack ?? error.message) : String(error),
    given_up: kind,
    ...(requestId !== '' && { vcap_request_id: requestId }),
  });
}
