import { isOver } from '../../cutover/advance.ts';
import { EXIT_CODES, type Phase } from '../../cutover/course.ts';
import { pairsOf } from '../../latency/sparse-cells.ts';
import { ARM_COUNTS } from '../../routing/arm-tally.ts';
import type { ArmReport } from './arm-report.ts';
import type { CutoverRecord } from './cutover-record.ts';

/** A cutover as the admin address tells of it. */
export function statusJson(record: CutoverRecord, revision: number): object {
  const { course, id, route, from, to, by, begunAt, notes, worst, tidied } = record;
  const { phase, plan, weights, routers, missing } = course;
  return {
    id,
    route,
    from,
    to,
    by,
    begun_at: iso(begunAt),
    revision,
    phase: phaseJson(phase),
    over: isOver(phase),
    exit: exitOf(phase),
    weights,
    plan: {
      weights: plan.weights,
      step_ms: plan.stepMs,
      window_ms: plan.windowMs,
      soak_ms: plan.soakMs,
    },
    next_at: nextAt(record),
    routers,
    missing: Object.keys(missing),
    tidied,
    notes: notes.map(({ at, text }) => ({ at: iso(at), text })),
    worst,
  };
}

/** Both arms over all routers that answered, since their processes began: who asks again sees what has happened. */
export function armsJson(reports: ReadonlyMap<string, ArmReport>): object {
  return { from: armJson(reports, 0), to: armJson(reports, 1) };
}

export function historyJson({ windows, past, ...record }: CutoverRecord, revision: number): object {
  return {
    ...statusJson({ windows, past, ...record }, revision),
    windows: windows.map(({ at, ...window }) => ({ at: iso(at), ...window })),
    past: past.map(({ begunAt, endedAt, ...each }) => ({
      ...each,
      begun_at: iso(begunAt),
      ended_at: iso(endedAt),
    })),
  };
}

function armJson(reports: ReadonlyMap<string, ArmReport>, at: 0 | 1): object {
  const states = [...reports.values()].flatMap(({ arms }) => arms[at] ?? []);
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  const counts = ARM_COUNTS.map((_, count) => sum(states.map((state) => state.counts[count]!)));
  const [begun = 0, ended = 0, answered = 0, appErrors = 0, gatewayErrors = 0, aborted = 0] = counts;
  const cells = states[0]?.latency.map((_, cell) => sum(states.map(({ latency }) => latency[cell]!))) ?? [];
  return {
    // Routers know the same ones: the one that knows the fewest would be found out by the others' requests.
    endpoints: Math.min(...states.map(({ endpoints }) => endpoints), ...(states.length === 0 ? [0] : [])),
    begun,
    in_flight: Math.max(0, begun - ended),
    answered,
    app_errors: appErrors,
    gateway_errors: gatewayErrors,
    aborted,
    latency: pairsOf(cells),
  };
}

function phaseJson({ since, ...phase }: Phase): object {
  return { ...phase, since: iso(since) };
}

/** What a command that waits exits with; null: it waits on. */
function exitOf(phase: Phase): number | null {
  if (isOver(phase)) return EXIT_CODES[phase.name];
  // Routers that do not answer are waited for, for a minute at most.
  return phase.name === 'held' && phase.why !== 'routers' ? EXIT_CODES.held : null;
}

/** When the next share, or the end, is due if nothing speaks against it; null: it depends on something else. */
function nextAt({ course: { phase, plan } }: CutoverRecord): string | null {
  if (phase.name === 'judge') return iso(phase.since + plan.stepMs);
  return phase.name === 'soak' ? iso(phase.since + plan.soakMs) : null;
}

function iso(at: number): string {
  return new Date(at).toISOString();
}
