import { latencyPercentile } from '../latency/cells.ts';
import { cellsOf } from '../latency/sparse-cells.ts';
import { type Fields, isFields } from './answer-fields.ts';

/** One arm as the router counts it, since its processes began. */
export interface ArmSeen {
  readonly endpoints: number;
  readonly inFlight: number;
  readonly requests: number;
  readonly failed: number;
  readonly cells: readonly number[];
}

/** A cutover as a router tells of it. */
export interface CutoverSeen {
  readonly id: string;
  readonly route: string;
  readonly from: string;
  readonly to: string;
  /** Unix milliseconds. */
  readonly begunAt: number;
  readonly phase: string;
  readonly reason: string;
  /** Of the new arm, in hundredths of a percent. */
  readonly weight: number;
  readonly plan: readonly number[];
  readonly missing: readonly string[];
  /** Unix milliseconds; null: it depends. */
  readonly nextAt: number | null;
  readonly over: boolean;
  /** What a command that waits ends with; null: it waits on. */
  readonly exit: number | null;
  readonly notes: readonly { readonly at: string; readonly text: string }[];
  readonly arms: { readonly from: ArmSeen; readonly to: ArmSeen } | null;
}

/** Null: that is no cutover, so the router is of another version. */
export function cutoverSeen(value: Fields): CutoverSeen | null {
  const {
    id,
    route,
    from,
    to,
    begun_at: begunAt,
    phase,
    weights,
    plan,
    missing,
    next_at: nextAt,
    over,
    exit,
    notes,
    arms,
  } = value;
  if (typeof id !== 'string' || typeof route !== 'string' || !isFields(phase) || !isFields(weights))
    return null;
  const { name, reason, why } = phase;
  return {
    id,
    route,
    from: String(from),
    to: String(to),
    begunAt: Date.parse(String(begunAt)),
    phase: String(name),
    reason: typeof reason === 'string' ? reason : typeof why === 'string' ? `by ${why}` : '',
    weight: numberOf(weights['to']),
    plan: isFields(plan) && Array.isArray(plan['weights']) ? plan['weights'].map(numberOf) : [],
    missing: Array.isArray(missing) ? missing.map(String) : [],
    nextAt: typeof nextAt === 'string' ? Date.parse(nextAt) : null,
    over: over === true,
    exit: typeof exit === 'number' ? exit : null,
    notes: Array.isArray(notes)
      ? notes.filter(isFields).map((note) => ({ at: String(note['at']), text: String(note['text']) }))
      : [],
    arms: isFields(arms) ? { from: armSeen(arms['from']), to: armSeen(arms['to']) } : null,
  };
}

/** What happened between two looks at an arm. */
export interface ArmRates {
  readonly perSecond: number;
  /** 0 to 1; null: there was no request. */
  readonly failed: number | null;
  /** Milliseconds; null: there was no request. */
  readonly p50: number | null;
  readonly p95: number | null;
}

export function ratesBetween(before: ArmSeen, now: ArmSeen, ms: number): ArmRates {
  const requests = Math.max(0, now.requests - before.requests);
  const cells = now.cells.map((count, cell) => Math.max(0, count - (before.cells[cell] ?? 0)));
  if (requests === 0) return { perSecond: 0, failed: null, p50: null, p95: null };
  return {
    perSecond: (requests * 1000) / Math.max(1, ms),
    failed: Math.max(0, now.failed - before.failed) / requests,
    p50: latencyPercentile(cells, 0.5),
    p95: latencyPercentile(cells, 0.95),
  };
}

function armSeen(value: unknown): ArmSeen {
  const arm = isFields(value) ? value : {};
  const failed = numberOf(arm['app_errors']) + numberOf(arm['gateway_errors']);
  const { latency } = arm;
  return {
    endpoints: numberOf(arm['endpoints']),
    inFlight: numberOf(arm['in_flight']),
    requests: numberOf(arm['answered']) + failed,
    failed,
    cells: cellsOf(Array.isArray(latency) ? latency.map(numberOf) : []),
  };
}

function numberOf(value: unknown): number {
  return typeof value === 'number' && Number.isFinite(value) ? value : 0;
}
