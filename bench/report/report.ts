import type { Row } from '../summary.ts';
import type { Machine } from './machine.ts';

/** Everything that one run found out: the content of latest.json. */
export interface Report {
  readonly workload: string;
  readonly conditions: string;
  readonly machine: Machine;
  /** ISO 8601. */
  readonly finished: string;
  readonly rows: readonly Row[];
  readonly missing: readonly { readonly name: string; readonly reason: string }[];
}
