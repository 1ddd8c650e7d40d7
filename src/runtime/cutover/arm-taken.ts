import { latencyPercentile } from '../../latency/cells.ts';
import { ARM_COUNTS } from '../../routing/arm-tally.ts';
import type { ArmCounts } from './arm-ledger.ts';

/** What an arm has taken on this router while it was one: first attempts, and how long they took until the response began. */
export interface ArmTaken {
  readonly under_way: number;
  readonly answered: number;
  readonly app_errors: number;
  readonly gateway_errors: number;
  readonly aborted: number;
  /** Milliseconds; null: there is none to go by. */
  readonly p50_ms: number | null;
  readonly p95_ms: number | null;
}

export function armTaken({ counts, latency }: ArmCounts): ArmTaken {
  const of = (name: (typeof ARM_COUNTS)[number]): number => counts[ARM_COUNTS.indexOf(name)]!;
  const percentile = (share: number): number | null => latencyPercentile(latency, share) || null;
  return {
    under_way: of('begun') - of('ended'),
    answered: of('answered'),
    app_errors: of('app-error'),
    gateway_errors: of('gateway-error'),
    aborted: of('aborted'),
    p50_ms: percentile(0.5),
    p95_ms: percentile(0.95),
  };
}
