import { z } from 'zod';
import type { Course } from '../../cutover/course.ts';
import type { Evidence, Sides } from '../../cutover/evidence.ts';
import type { ArmWindow } from '../../cutover/window.ts';
import type { JsonObject } from '../../decisions/decision.ts';
import { LATENCY_CELLS } from '../../latency/cells.ts';
import { cellsOf, pairsOf } from '../../latency/sparse-cells.ts';
import type { CutoverRecord } from './cutover-record.ts';

/** A record as JSON, and what may be read as one: whoever wrote it may be of another version, or a person. */

const count = z.int().min(0);
/** Unix milliseconds of a date, and what may be added to it. */
const at = z.number().min(0).max(4e15);
const text = z.string().max(4000);
const weight = z.int().min(0).max(10_000);
const weights = z.object({ from: weight, to: weight });

/** Cells that are not empty, each behind its number. */
const latency = z
  .array(count)
  .max(2 * LATENCY_CELLS)
  .transform(cellsOf);
const armWindow = z.object({
  begun: count,
  answered: count,
  appErrors: count,
  gatewayErrors: count,
  aborted: count,
  inFlight: count,
  latency,
});
const sides = z.object({ from: armWindow, to: armWindow });
const evidence = z.object({
  sum: sides,
  summed: count,
  windows: count,
  pending: sides,
  pendingWindows: count,
  pendingMs: z.number().min(0),
  bad: count,
  looks: count,
  glances: count,
  history: z.array(armWindow).max(100),
});
const plan = z.object({
  weights: z.array(weight).min(1).max(100),
  stepMs: at,
  windowMs: at.min(1),
  soakMs: at,
  minRequests: count,
  quietMs: at,
  onQuiet: z.enum(['hold', 'promote', 'revert']),
});
const moving = z.enum(['ramp', 'judge', 'soak']);
const phase = z.discriminatedUnion('name', [
  z.object({ name: z.enum(['preflight', 'probe']), since: at }),
  z.object({ name: moving, since: at }),
  z.object({
    name: z.literal('held'),
    since: at,
    why: z.enum(['operator', 'routers', 'quiet']),
    in: moving,
  }),
  z.object({ name: z.literal('reverting'), since: at, reason: text }),
  z.object({ name: z.enum(['done', 'reverted', 'not-begun', 'refused']), since: at, reason: text }),
]);
const course = z.object({
  plan,
  names: z.object({ from: text, to: text }),
  before: weights,
  weights,
  revision: count,
  routers: z.array(text).max(1000),
  missing: z.record(text, at),
  settledAt: at.nullable(),
  heardAt: at,
  evidence,
  phase,
});
const numbers = z.object({ requests: count, failed: count, p50: z.number(), p95: z.number() });

export const RECORD: z.ZodType<CutoverRecord> = z.object({
  id: text,
  route: text,
  from: text,
  to: text,
  by: text,
  begunAt: at,
  probePath: text,
  expectRouters: count.nullable(),
  maxLoadFactor: z.number().min(0),
  found: z.record(z.string(), z.unknown()).nullable(),
  tidied: z.boolean(),
  course: course as z.ZodType<Course>,
  notes: z.array(z.object({ at, text })).max(200),
  windows: z.array(z.object({ at, weight, from: numbers, to: numbers })).max(200),
  worst: z.array(z.object({ id: text, status: count, ms: z.number() })).max(100),
  past: z
    .array(
      z.object({
        id: text,
        from: text,
        to: text,
        by: text,
        begunAt: at,
        endedAt: at,
        outcome: z.enum(['done', 'reverted', 'not-begun', 'held', 'refused']),
        reason: text,
      }),
    )
    .max(100),
});

export function courseJson({ evidence: known, ...rest }: Course): JsonObject {
  return { ...rest, evidence: evidenceJson(known) };
}

function evidenceJson({ sum, pending, history, ...rest }: Evidence): JsonObject {
  return { ...rest, sum: sidesJson(sum), pending: sidesJson(pending), history: history.map(windowJson) };
}

function sidesJson({ from, to }: Sides): JsonObject {
  return { from: windowJson(from), to: windowJson(to) };
}

function windowJson({ latency: cells, ...rest }: ArmWindow): JsonObject {
  return { ...rest, latency: pairsOf(cells) };
}
