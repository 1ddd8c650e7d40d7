import { type Ending, play } from './canary.ts';
import type { Bound, Scenario } from './scenarios.ts';

export interface Figures {
  readonly canaries: number;
  readonly done: number;
  /** When nineteen of twenty of those were, seconds; null: none was. */
  readonly doneBy: number | null;
  readonly held: number;
  readonly reverted: number;
  /** Of those that were reverted, seconds; null: none was. */
  readonly median: number | null;
  readonly p95: number | null;
  /** Reverted within the seconds of the bound, where it names any. */
  readonly inTime: number;
  readonly isKept: boolean;
  /** Of the first that was reverted. */
  readonly reason: string | null;
}

export function measure(scenario: Scenario, canaries: number, from: number): Figures {
  const endings = Array.from({ length: canaries }, (_, index) => play(scenario, from + index));
  const of = (outcome: Ending['outcome']) => endings.filter((ending) => ending.outcome === outcome);
  const reverted = of('reverted').toSorted((a, b) => a.seconds - b.seconds);
  const { bound } = scenario;
  const limit = bound?.kind === 'reverted-within' ? bound.seconds : Number.POSITIVE_INFINITY;
  const inTime = reverted.filter(({ seconds }) => seconds <= limit).length;
  const done = of('done').toSorted((a, b) => a.seconds - b.seconds);
  return {
    canaries,
    done: done.length,
    doneBy: secondsAt(done, 0.95),
    held: of('held').length,
    reverted: reverted.length,
    median: secondsAt(reverted, 0.5),
    p95: secondsAt(reverted, 0.95),
    inTime,
    isKept: bound === null || keeps(bound, inTime / canaries),
    reason: endings.find(({ outcome }) => outcome === 'reverted')?.reason ?? null,
  };
}

function keeps(bound: Bound, reverted: number): boolean {
  return bound.kind === 'reverted-below' ? reverted < bound.share : reverted > bound.share;
}

function secondsAt(sorted: readonly Ending[], share: number): number | null {
  return sorted[Math.ceil(sorted.length * share) - 1]?.seconds ?? null;
}
