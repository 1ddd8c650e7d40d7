import type { Absence } from '../plan.ts';
import type { Outcome } from '../scenario.ts';
import type { Machine } from './machine.ts';

/** What one scenario found out. */
export interface Result extends Outcome {
  readonly name: string;
  readonly title: string;
  readonly machine: Machine;
  /** ISO 8601. */
  readonly finished: string;
  readonly missing: readonly Absence[];
}
