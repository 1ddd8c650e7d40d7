import type { Decision, JsonObject } from '../../decisions/decision.ts';
import type { CutoverRecord } from './cutover-record.ts';
import { isSameSplit, splitAfter, splitFor } from './cutover-split.ts';

/** What a router has seen of the arm that a cutover leaves behind. */
export interface Remains {
  /** Monotonic milliseconds. */
  readonly lookedAt: number;
  /** How often it had no endpoint, one time after the other. */
  readonly empty: number;
}

type Afterwards =
  | { readonly kind: 'wait' }
  /** Whether any router has an endpoint of that arm. */
  | { readonly kind: 'look'; readonly arm: 'from' | 'to' }
  /** In the place of the cutover's split. */
  | { readonly kind: 'put'; readonly split: JsonObject }
  | { readonly kind: 'remove'; readonly revision: number }
  /** There is nothing more to do. */
  | { readonly kind: 'leave' };

/** Milliseconds between two looks: nobody waits for them. */
const PAUSE_MS = 10_000;
/** An application that restarts is away for a moment too. */
const ENOUGH = 3;

/**
 * What becomes of the split of a cutover that is over. It stays as long as the arm without weight has endpoints, which
 * would get requests without it.
 */
export function afterwards(
  record: CutoverRecord,
  split: Decision | null,
  remains: Remains,
  now: number,
): Afterwards {
  const { course, found, route } = record;
  const { phase, weights } = course;
  // Nothing was changed, or somebody else has decided since.
  if (course.revision === 0 || split === null) return { kind: 'leave' };
  if (!isSameSplit(split.value, splitFor(found, route, record, weights), route)) return { kind: 'leave' };
  if (remains.empty < ENOUGH) {
    if (now - remains.lookedAt < PAUSE_MS) return { kind: 'wait' };
    return { kind: 'look', arm: phase.name === 'done' ? 'from' : 'to' };
  }
  const after = splitAfter(found, route, record, phase.name === 'done' ? record.to : record.from);
  return after === null ? { kind: 'remove', revision: split.revision } : { kind: 'put', split: after };
}
