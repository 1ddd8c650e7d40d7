import { advance, isOver, pardon } from '../../cutover/advance.ts';
import { capacity } from '../../cutover/capacity.ts';
import type { Course, CutoverEvent } from '../../cutover/course.ts';
import type { Sides } from '../../cutover/evidence.ts';
import { type ArmWindow, failed, judged } from '../../cutover/window.ts';
import { latencyPercentile } from '../../latency/cells.ts';
import { worstOf } from '../../routing/arm-tally.ts';
import type { ArmReport } from './arm-report.ts';
import { ArmWatch } from './arm-watch.ts';
import { type ArmNumbers, type CutoverRecord, noted, withWindow } from './cutover-record.ts';
import { preflight } from './preflight.ts';

/** What there is around a cutover at this moment. */
export interface Surroundings {
  /** Unix milliseconds. */
  readonly now: number;
  /** What routers of the roll-call have just said of the replaced arm and of the new one. */
  readonly reports: ReadonlyMap<string, ArmReport>;
  /** All that the roll-call knows, this one among them. */
  readonly routers: readonly string[];
  readonly gorouters: readonly string[];
  /** Those of the cutover that have said goodbye. */
  readonly left: readonly string[];
  /** Of the decision that shares out the requests as the cutover wants it; null: it does not say so. */
  readonly splitRevision: number | null;
  /** What became of the probe; undefined: it is not over. */
  readonly probed: string | null | undefined;
}

/** Between two steps. Milliseconds. */
const LONGEST_GAP_MS = 5000;
/** Phases in which windows are looked at. */
const WATCHED: ReadonlySet<Course['phase']['name']> = new Set([
  'preflight',
  'probe',
  'ramp',
  'judge',
  'soak',
  'held',
]);

/** One cutover, driven by this router: what it saw is made into events, and those into the next record. */
export class Driver {
  readonly #watch = new ArmWatch();
  /** When the window began; null: none has. */
  #windowFrom: number | null = null;
  #settledAt: number | null = null;
  #steppedAt = Number.NEGATIVE_INFINITY;

  /** The record as it is to be from here on; the same where there is nothing to write. */
  step(record: CutoverRecord, around: Surroundings): CutoverRecord {
    const { now, reports, routers } = around;
    this.#watch.attend(routers);
    for (const [id, report] of reports) this.#watch.hear(id, report);
    this.#windowFrom ??= now;
    let next =
      now - this.#steppedAt > LONGEST_GAP_MS ? { ...record, course: pardon(record.course, now) } : record;
    this.#steppedAt = now;
    for (const event of this.#events(record, around)) next = this.#take(next, event);
    const { course } = next;
    // What was while some routers had other weights is not added up with what comes.
    if (course.settledAt !== this.#settledAt) {
      this.#settledAt = course.settledAt;
      if (course.settledAt !== null) next = this.#closeWindow(next, now);
    }
    if (now - this.#windowFrom >= course.plan.windowMs) next = this.#closeWindow(next, now);
    next = this.#take(next, { kind: 'tick', at: now });
    return next;
  }

  #events(record: CutoverRecord, around: Surroundings): CutoverEvent[] {
    const { now: at, reports, routers, left, splitRevision, probed } = around;
    const { course } = record;
    const events: CutoverEvent[] = [];
    for (const router of routers) {
      if (!course.routers.includes(router)) events.push({ kind: 'joined', router, at });
    }
    for (const router of left) events.push({ kind: 'left', router, at });
    if (course.phase.name === 'preflight') {
      events.push({ kind: 'preflight', fault: preflight(record, around), at });
    }
    if (course.phase.name === 'probe' && probed !== undefined)
      events.push({ kind: 'probe', fault: probed, at });
    for (const router of Object.keys(course.missing)) {
      if (splitRevision === null || reports.get(router)?.revision !== splitRevision) continue;
      events.push({ kind: 'acknowledged', router, revision: course.revision, at });
    }
    return events;
  }

  #closeWindow(record: CutoverRecord, at: number): CutoverRecord {
    const from = this.#windowFrom ?? at;
    const sides = this.#watch.window();
    this.#watch.turn();
    this.#windowFrom = at;
    if (!WATCHED.has(record.course.phase.name) || at === from) return record;
    const most = capacity(this.#watch.instances(), record.maxLoadFactor);
    const weight = record.course.weights.to;
    const next = this.#take(record, { kind: 'window', from, sides, most, at });
    if (judged(sides.from) + judged(sides.to) === 0) return next;
    const worst = worstOf([...next.worst, ...this.#watch.worst().filter(({ id }) => !known(next, id))]);
    return withWindow({ ...next, worst }, { at, weight, ...numbersOf(sides) });
  }

  #take(record: CutoverRecord, event: CutoverEvent): CutoverRecord {
    if (isOver(record.course.phase)) return record;
    const { course, commands } = advance(record.course, event);
    const notes = commands.flatMap((command) => {
      if (command.kind === 'note') return [{ at: event.at, text: command.text }];
      return command.kind === 'end' ? [{ at: event.at, text: `${command.outcome}: ${command.text}` }] : [];
    });
    return course === record.course && notes.length === 0 ? record : noted({ ...record, course }, notes);
  }
}

function known({ worst }: CutoverRecord, id: string): boolean {
  return worst.some((each) => each.id === id);
}

function numbersOf({ from, to }: Sides): { readonly from: ArmNumbers; readonly to: ArmNumbers } {
  return { from: armNumbers(from), to: armNumbers(to) };
}

function armNumbers(window: ArmWindow): ArmNumbers {
  return {
    requests: judged(window),
    failed: failed(window),
    p50: latencyPercentile(window.latency, 0.5),
    p95: latencyPercentile(window.latency, 0.95),
  };
}
