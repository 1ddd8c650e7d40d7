import { describe, FaultCount } from '../faults.ts';
import type { Failure } from '../processes/witnesses.ts';
import type { Kill } from './restarted-router.ts';

/** Whether the request was on its way when the router was killed. */
export function isUnderWay({ from, to }: Pick<Failure, 'from' | 'to'>, kill: Kill): boolean {
  return from <= kill.to && to >= kill.from;
}

/** `3 × ECONNRESET, 1 × 503`; empty when there are none. */
export function reasonsOf(failures: readonly Failure[]): string {
  const count = new FaultCount();
  for (const { reason } of failures) count.add(reason);
  return describe(count.faults);
}
