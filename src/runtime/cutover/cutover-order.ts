import { z } from 'zod';
import { bodyFault } from '../../admin/decode-body.ts';
import { areFew, begin } from '../../cutover/advance.ts';
import type { Weights } from '../../cutover/course.ts';
import { DEFAULT_PLAN, isPlanFault, makePlan, WHOLE } from '../../cutover/plan.ts';
import type { JsonObject } from '../../decisions/decision.ts';
import { type CutoverRecord, pastOf } from './cutover-record.ts';
import { type ArmPair, readPair, weightsIn } from './cutover-split.ts';

const ms = z.number().min(0);

/** What is asked for when a cutover is to begin; times in milliseconds. */
const ORDER = z.strictObject({
  route: z.string().min(1).max(2000),
  from: z.string(),
  to: z.string(),
  plan: z.string().default(DEFAULT_PLAN.plan),
  step_ms: ms.default(DEFAULT_PLAN.stepMs),
  window_ms: ms.default(DEFAULT_PLAN.windowMs),
  soak_ms: ms.default(DEFAULT_PLAN.soakMs),
  quiet_ms: ms.default(DEFAULT_PLAN.quietMs),
  min_requests: z.number().default(DEFAULT_PLAN.minRequests),
  on_quiet: z.enum(['hold', 'promote', 'revert']).default(DEFAULT_PLAN.onQuiet),
  probe_path: z
    .string()
    .regex(/^\/[!-~]{0,1000}$/, 'allowed: a path, like /healthz')
    .default('/'),
  expect_routers: z.int().min(1).max(1000).nullable().default(null),
  max_load_factor: z.number().min(1).max(1000).default(2),
});

export type CutoverOrder = z.infer<typeof ORDER>;

/** A text: the field that is wrong, and how. */
export function readOrder(body: JsonObject): CutoverOrder | string {
  const read = ORDER.safeParse(body);
  if (read.success) return read.data;
  return bodyFault(read.error);
}

/** What there is when it begins. */
export interface Ground {
  /** As the table has it. */
  readonly route: string;
  /** The split in force; null: there is none. */
  readonly found: JsonObject | null;
  /** The last cutover of the route; null: there was none. */
  readonly before: CutoverRecord | null;
  readonly routers: readonly string[];
  readonly id: string;
  readonly by: string;
  readonly now: number;
}

/** Why a cutover cannot begin: for what is asked for, or for what there is. */
export interface NoCutover {
  readonly kind: 'wrong' | 'not-now';
  readonly why: string;
}

export function isNoCutover(record: CutoverRecord | NoCutover): record is NoCutover {
  return 'kind' in record;
}

export function firstRecord(order: CutoverOrder, ground: Ground): CutoverRecord | NoCutover {
  const { route, found, before, routers, id, by, now } = ground;
  const pair = readPair(order.from, order.to);
  if (typeof pair === 'string') return { kind: 'wrong', why: pair };
  const plan = makePlan({
    plan: order.plan,
    stepMs: order.step_ms,
    windowMs: order.window_ms,
    soakMs: order.soak_ms,
    quietMs: order.quiet_ms,
    minRequests: order.min_requests,
    onQuiet: order.on_quiet,
  });
  if (isPlanFault(plan)) return { kind: 'wrong', why: plan.message };
  if (!areFew(routers)) {
    return { kind: 'not-now', why: `${routers.length} routers share the bus: too many for a cutover` };
  }
  const weights = weightsIn(found, route, pair);
  if (typeof weights === 'string') return { kind: 'not-now', why: weights };
  const { course } = begin({ plan, names: namesOf(pair), before: ALL_BACK, weights, routers, at: now });
  return {
    id,
    route,
    ...pair,
    by,
    begunAt: now,
    probePath: order.probe_path,
    expectRouters: order.expect_routers,
    maxLoadFactor: order.max_load_factor,
    found,
    tidied: false,
    course,
    notes: [{ at: now, text: `begun by ${by || 'somebody'}: ${pair.from} is to be replaced by ${pair.to}` }],
    windows: [],
    worst: [],
    past: pastOf(before),
  };
}

/** What a cutover that fails goes back to, whatever the new arm had before. */
const ALL_BACK: Weights = { from: WHOLE, to: 0 };

/** Short, if they are told apart by it. */
function namesOf({ from, to }: ArmPair): ArmPair {
  return { from: nameOf(from), to: nameOf(to) };
}

function nameOf(selector: string): string {
  return selector.startsWith('app:') ? selector.slice('app:'.length) : selector;
}
