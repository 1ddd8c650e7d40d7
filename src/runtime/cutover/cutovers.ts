import { inBackground } from '../../boundary/boundary.ts';
import { ONE_ROUND } from '../../boundary/owner.ts';
import { isOver } from '../../cutover/advance.ts';
import type { Decision, DecisionEntry, JsonObject } from '../../decisions/decision.ts';
import { decisionKey } from '../../decisions/decision-key.ts';
import type { DecisionStore, WriteOutcome } from '../../decisions/decision-store.ts';
import type { ComponentLog } from '../../telemetry/component-log.ts';
import { splitKey } from '../splits/split-decisions.ts';
import type { ArmReport, AskedArms } from './arm-report.ts';
import { type CutoverRecord, cutoverKey, readRecord, recordJson, routeOfCutover } from './cutover-record.ts';
import { isSameSplit, selectorsOf, splitFor } from './cutover-split.ts';
import { Driver } from './driver.ts';
import { Lease } from './lease.ts';
import { afterwards, type Remains } from './remains.ts';

/** A question to every router about the new arm. */
export interface AskedProbe extends AskedArms {
  /** Place of the arm that is asked. */
  readonly arm: number;
  readonly path: string;
}

export interface CutoversOptions {
  /** Of this router, as in the roll-call. */
  readonly id: string;
  /** Null before the start. */
  store(): DecisionStore | null;
  /** All that the roll-call knows, this one among them. */
  routers(): readonly string[];
  gorouters(): readonly string[];
  /** Whether a router has said goodbye. */
  hasLeft(id: string): boolean;
  askArms(asked: AskedArms, awaited: readonly string[]): Promise<ReadonlyMap<string, ArmReport>>;
  /** Null: every router finds that each endpoint of the arm answers well. */
  probe(asked: AskedProbe, awaited: readonly string[]): Promise<string | null>;
  readonly log: ComponentLog;
  /** Unix milliseconds. */
  now(): number;
  /** Monotonic milliseconds. */
  monotonic(): number;
}

/** Of one cutover. */
interface Probe {
  readonly id: string;
  /** Undefined: it is under way; null: it found nothing wrong. */
  fault: string | null | undefined;
}

/** What this router knows of one route's cutover. */
export interface Known {
  readonly route: string;
  record: CutoverRecord | null;
  /** Of the record; 0: there is none. */
  revision: number;
  readonly lease: Lease;
  leaseRevision: number;
  /** Null: another router drives, or none. */
  driver: Driver | null;
  /** Null: none has begun. */
  probe: Probe | null;
  /** When what remains of it was last looked at. */
  remains: Remains;
  /** Why the store does not take its next step; empty: it does. */
  refusal: string;
  /** A round is under way. */
  busy: boolean;
}

export type WithRecord = Omit<Known, 'record'> & { readonly record: CutoverRecord };

/** Whether this router drives it, and every moment counts. */
function isUrgent({ driver, record }: Known): boolean {
  if (driver === null || record === null) return false;
  const { phase, missing } = record.course;
  return phase.name === 'preflight' || phase.name === 'probe' || Object.keys(missing).length > 0;
}

/** Cutovers that are over. */
const MOST_KEPT = 100;
const UNSEEN: Remains = { lookedAt: Number.NEGATIVE_INFINITY, empty: 0 };

/** The cutovers of all routes, as far as this router has to do with them: it drives those for which it has the lease. */
export class Cutovers {
  readonly #options: CutoversOptions;
  readonly #routes = new Map<string, Known>();
  /** Of routes that have one. */
  readonly #splits = new Map<string, Decision>();

  constructor(options: CutoversOptions) {
    this.#options = options;
  }

  /** As they are now. */
  all(): WithRecord[] {
    return [...this.#routes.values()].flatMap((known) =>
      known.record === null ? [] : [{ ...known, record: known.record }],
    );
  }

  of(route: string): Known | null {
    return this.#routes.get(route) ?? null;
  }

  splitOf(route: string): Decision | null {
    return this.#splits.get(splitKey({ text: route })) ?? null;
  }

  /** What is decided, or taken back. */
  heed(entry: DecisionEntry): void {
    const { key, value } = entry;
    if (key.startsWith('split.')) {
      if (value === null) this.#splits.delete(key);
      else this.#splits.set(key, { ...entry, value });
      return;
    }
    const isLease = key.startsWith('lease.');
    const route = routeOfCutover(isLease ? key.replace('lease.', 'cutover.') : key);
    if (route === null) return;
    const known = this.#know(route);
    if (isLease) this.#heedLease(known, entry);
    else this.#heedRecord(known, entry);
    // Nothing is left of it in the store.
    if (known.revision === 0 && known.leaseRevision === 0) this.#routes.delete(route);
  }

  /** What stood there when something was to be written; `false`: nothing that is newer than what is known. */
  catchUp(current: Decision | null): boolean {
    const route = current === null ? null : routeOfCutover(current.key);
    if (current === null || route === null || current.revision <= (this.of(route)?.revision ?? 0))
      return false;
    this.heed(current);
    return true;
  }

  /** Why nobody but its cutover may change a route's split now; null: there is none. */
  busy(route: string): string | null {
    const record = this.of(route)?.record ?? null;
    if (record === null || isOver(record.course.phase)) return null;
    return `a cutover of ${route} is under way (${record.course.phase.name})`;
  }

  /**
   * Goes on with the cutovers that are not over. To be called a few times a second.
   * @param all not only those in which somebody is waited for
   */
  async round(all: boolean): Promise<void> {
    const due = [...this.#routes.values()].filter((known) => all || isUrgent(known));
    await Promise.all(due.map((known) => this.#roundOf(known)));
  }

  /** A cutover that begins here, or an order that was given here. @param expected of the record that it replaces */
  async write(record: CutoverRecord, by: string, expected: number): Promise<WriteOutcome> {
    const store = this.#options.store();
    if (store === null) return { outcome: 'away', why: 'the router is still starting' };
    const { route } = record;
    const outcome = await store.put(cutoverKey(route), recordJson(record), by, expected);
    if (outcome.outcome !== 'ok') return outcome;
    const known = this.#know(route);
    // Whoever was quicker with the next step has been heard before this one was answered.
    if (outcome.revision <= known.revision) return outcome;
    this.#heedRecord(known, {
      key: cutoverKey(route),
      value: recordJson(record),
      revision: outcome.revision,
      at: this.#options.now(),
      by,
    });
    return outcome;
  }

  /** This router is to drive a cutover that it has just begun. */
  async drive(route: string): Promise<void> {
    const known = this.#know(route);
    await this.#lease(known, known.lease.claim(this.#options.monotonic()));
    await this.#roundOf(known);
  }

  #know(route: string): Known {
    let known = this.#routes.get(route);
    if (known === undefined) {
      const lease = new Lease(this.#options.id, this.#options.monotonic());
      known = {
        route,
        record: null,
        revision: 0,
        lease,
        leaseRevision: 0,
        driver: null,
        probe: null,
        remains: UNSEEN,
        refusal: '',
        busy: false,
      };
      this.#routes.set(route, known);
    }
    return known;
  }

  #heedLease(known: Known, entry: DecisionEntry): void {
    known.lease.heed(entry, this.#options.monotonic());
    known.leaseRevision = entry.value === null ? 0 : entry.revision;
    if (!known.lease.isOurs) known.driver = null;
  }

  #heedRecord(known: Known, { value, revision }: DecisionEntry): void {
    if (revision === known.revision) return;
    known.revision = value === null ? 0 : revision;
    const record = value === null ? null : readRecord(value);
    if (typeof record === 'string') {
      this.#options.log.error('cutover-not-understood', { route: known.route, revision, error: record });
      known.record = null;
      return;
    }
    this.#tell(known.record, record);
    if (known.record?.id !== record?.id) {
      known.driver = null;
      known.remains = UNSEEN;
    }
    known.record = record;
  }

  /** Every router writes down what becomes of it. */
  #tell(before: CutoverRecord | null, record: CutoverRecord | null): void {
    if (record === null) return;
    const { log } = this.#options;
    const last = before?.id === record.id ? before.notes.at(-1) : undefined;
    const said = record.notes.findLastIndex(({ at, text }) => at === last?.at && text === last.text);
    const { route, id, course } = record;
    for (const { text } of record.notes.slice(said + 1)) {
      log.info('cutover', { route, id, phase: course.phase.name, weight: course.weights.to, text });
    }
  }

  async #roundOf(known: Known): Promise<void> {
    const { record } = known;
    const store = this.#options.store();
    if (known.busy || record === null || record.tidied || store === null) return;
    known.busy = true;
    try {
      if (isOver(record.course.phase)) await this.#tidy(known, record, store);
      else await this.#goOn(known, store);
    } finally {
      known.busy = false;
    }
  }

  async #goOn(known: Known, store: DecisionStore): Promise<void> {
    const { lease } = known;
    await this.#lease(known, lease.next(this.#options.monotonic(), store.state.name === 'reachable'));
    if (!lease.isOurs || store.state.name !== 'reachable') return;
    known.driver ??= new Driver();
    const { record, driver } = known;
    if (record === null) return;
    const reports = await this.askArms(record);
    // Somebody may have given an order meanwhile, or have taken over.
    if (known.record !== record || known.driver !== driver) return;
    this.#beginProbe(known, record);
    const { course } = record;
    const next = driver.step(record, {
      now: this.#options.now(),
      reports,
      routers: this.#options.routers(),
      gorouters: this.#options.gorouters(),
      left: course.routers.filter((id) => this.#options.hasLeft(id)),
      splitRevision: this.#splitRevision(record),
      probed: known.probe?.id === record.id ? known.probe.fault : undefined,
    });
    if (next !== record) {
      const written = await this.write(next, record.by, known.revision);
      this.#heedRefusal(known, written);
      if (written.outcome !== 'ok') return;
    }
    await this.#enforce(next, store);
  }

  /** Somebody else may be first, or the store away; what it refuses it will refuse again, and the cutover stands still. */
  #heedRefusal(known: Known, written: WriteOutcome): void {
    const { route } = known;
    const refusal = written.outcome === 'refused' ? written.why : '';
    if (refusal !== '' && known.refusal === '') {
      this.#options.log.error('cutover-not-written', { route, error: refusal });
    }
    known.refusal = refusal;
  }

  /** What all routers say of both arms now; who answers and is not in the roll-call is none of them. */
  async askArms(record: CutoverRecord): Promise<ReadonlyMap<string, ArmReport>> {
    const { route, found } = record;
    const selectors = selectorsOf(found, route, record);
    const routers = this.#options.routers();
    const answers = await this.#options.askArms({ route, selectors }, routers);
    const pair = [selectors.indexOf(record.from), selectors.indexOf(record.to)];
    const reports = new Map<string, ArmReport>();
    for (const id of routers) {
      const answer = answers.get(id);
      if (answer === undefined) continue;
      const { revision, arms } = answer;
      reports.set(id, { revision, arms: pair.flatMap((at) => arms[at] ?? []) });
    }
    return reports;
  }

  #beginProbe(known: Known, { id, route, found, from, to, probePath, course }: CutoverRecord): void {
    if (course.phase.name !== 'probe' || known.probe?.id === id) return;
    const probe: Probe = { id, fault: undefined };
    known.probe = probe;
    const selectors = selectorsOf(found, route, { from, to });
    const asked = { route, selectors, arm: selectors.indexOf(to), path: probePath };
    inBackground(ONE_ROUND, this.#probe(probe, asked));
  }

  async #probe(probe: Probe, asked: AskedProbe): Promise<void> {
    try {
      probe.fault = await this.#options.probe(asked, this.#options.routers());
    } catch (error) {
      probe.fault = `the probe could not be made: ${(error as Error).message}`;
    }
  }

  /** Null: the split is not, or not yet, what the cutover wants. */
  #splitRevision(record: CutoverRecord): number | null {
    const split = this.splitOf(record.route);
    if (split === null || record.course.revision === 0) return null;
    const wanted = splitFor(record.found, record.route, record, record.course.weights);
    return isSameSplit(split.value, wanted, record.route) ? split.revision : null;
  }

  async #enforce(record: CutoverRecord, store: DecisionStore): Promise<void> {
    const { route, found, course, by } = record;
    if (course.revision === 0 || this.#splitRevision(record) !== null) return;
    const wanted = splitFor(found, route, record, course.weights);
    await this.#putSplit(route, wanted, by, store);
  }

  async #putSplit(route: string, wanted: JsonObject, by: string, store: DecisionStore): Promise<boolean> {
    const expected = this.splitOf(route)?.revision ?? 0;
    const outcome = await store.put(splitKey({ text: route }), wanted, `cutover by ${by}`, expected);
    if (outcome.outcome === 'ok') return true;
    this.#options.log.warn('cutover-split-not-set', { route, outcome: outcome.outcome });
    return false;
  }

  async #lease(known: Known, step: ReturnType<Lease['next']>): Promise<void> {
    if (step.kind !== 'write') return;
    const store = this.#options.store();
    const key = decisionKey('lease', known.route);
    const outcome = await store?.put(key, step.value, this.#options.id, step.expected);
    if (outcome?.outcome === 'ok') {
      // See `write`.
      if (outcome.revision <= known.leaseRevision) return;
      const entry = { key, value: step.value, revision: outcome.revision, at: 0, by: this.#options.id };
      this.#heedLease(known, entry);
    } else {
      if (outcome?.outcome === 'refused') this.#heedRefusal(known, outcome);
      known.lease.lost();
      known.driver = null;
    }
  }

  /** What is left to be done once a cutover is over; whichever router comes first does it. */
  async #tidy(known: Known, record: CutoverRecord, store: DecisionStore): Promise<void> {
    const step = afterwards(record, this.splitOf(record.route), known.remains, this.#options.monotonic());
    if (step.kind === 'look') {
      const reports = [...(await this.askArms(record)).values()];
      const leaving = step.arm === 'from' ? 0 : 1;
      // Who does not answer may have some.
      const areAll = reports.length === this.#options.routers().length;
      const empty = areAll && reports.every(({ arms }) => (arms[leaving]?.endpoints ?? 0) === 0);
      const seen = empty ? known.remains.empty + 1 : 0;
      known.remains = { lookedAt: this.#options.monotonic(), empty: seen };
      return;
    }
    if (step.kind === 'wait') return;
    if (step.kind === 'put' && !(await this.#putSplit(record.route, step.split, record.by, store))) return;
    if (step.kind === 'remove') {
      const { outcome } = await store.remove(
        splitKey({ text: record.route }),
        `cutover by ${record.by}`,
        step.revision,
      );
      if (outcome !== 'ok') return;
    }
    await this.write({ ...record, tidied: true }, record.by, known.revision);
    if (known.leaseRevision > 0) {
      await store.remove(decisionKey('lease', record.route), this.#options.id, known.leaseRevision);
    }
    await this.#forgetOldest(store);
  }

  /** What is over is kept for people, and the store has room for so much. */
  async #forgetOldest(store: DecisionStore): Promise<void> {
    const over = this.all().filter(({ record }) => record.tidied);
    const oldest = over.toSorted((a, b) => b.record.begunAt - a.record.begunAt).slice(MOST_KEPT);
    for (const { route, revision } of oldest) {
      await store.remove(cutoverKey(route), this.#options.id, revision);
    }
  }
}
