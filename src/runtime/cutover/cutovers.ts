import { inBackground } from '../../boundary/boundary.ts';
import { ONE_ROUND } from '../../boundary/owner.ts';
import { isOver } from '../../cutover/advance.ts';
import { decisionKey } from '../../decisions/decision-key.ts';
import type { DecisionStore, WriteOutcome } from '../../decisions/decision-store.ts';
import { splitKey } from '../splits/split-decisions.ts';
import type { ArmReport, AskedArms } from './arm-report.ts';
import { CutoverMemory, type CutoverMemoryOptions } from './cutover-memory.ts';
import { type CutoverRecord, cutoverKey, recordJson } from './cutover-record.ts';
import { selectorsOf } from './cutover-split.ts';
import { Driver } from './driver.ts';
import { isUrgent, type Known, type Probe } from './known-cutover.ts';
import type { Lease } from './lease.ts';
import type { AskedProbe } from './probe.ts';
import { afterwards } from './remains.ts';
import { SplitKeeper } from './split-keeper.ts';

export interface CutoversOptions extends CutoverMemoryOptions {
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
  /** Unix milliseconds. */
  now(): number;
}

/** Cutovers that are over. */
const MOST_KEPT = 100;

/** The cutovers of all routes, as far as this router has to do with them: it drives those for which it has the lease. */
export class Cutovers {
  readonly memory: CutoverMemory;
  readonly #options: CutoversOptions;
  readonly #splits: SplitKeeper;

  constructor(options: CutoversOptions) {
    this.#options = options;
    this.memory = new CutoverMemory(options);
    this.#splits = new SplitKeeper(this.memory, options.log);
  }

  /**
   * Goes on with the cutovers that are not over. To be called a few times a second.
   * @param all not only those in which somebody is waited for
   */
  async round(all: boolean): Promise<void> {
    const due = [...this.memory.routes()].filter((known) => all || isUrgent(known));
    await Promise.all(due.map((known) => this.#roundOf(known)));
  }

  /** A cutover that begins here, or an order that was given here. @param expected of the record that it replaces */
  async write(record: CutoverRecord, by: string, expected: number): Promise<WriteOutcome> {
    const store = this.#options.store();
    if (store === null) return { outcome: 'away', why: 'the router is still starting' };
    const { route } = record;
    const outcome = await store.put(cutoverKey(route), recordJson(record), by, expected);
    if (outcome.outcome !== 'ok') return outcome;
    const known = this.memory.know(route);
    // Whoever was quicker with the next step has been heard before this one was answered.
    if (outcome.revision <= known.revision) return outcome;
    this.memory.heedRecord(known, {
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
    const known = this.memory.know(route);
    await this.#lease(known, known.lease.claim(this.#options.monotonic()));
    await this.#roundOf(known);
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
      splitRevision: this.#splits.revisionOf(record),
      probed: known.probe?.id === record.id ? known.probe.fault : undefined,
    });
    if (next !== record) {
      const written = await this.write(next, record.by, known.revision);
      this.#heedRefusal(known, written);
      if (written.outcome !== 'ok') return;
    }
    await this.#splits.enforce(next, store);
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

  async #lease(known: Known, step: ReturnType<Lease['next']>): Promise<void> {
    if (step.kind !== 'write') return;
    const store = this.#options.store();
    const key = decisionKey('lease', known.route);
    const outcome = await store?.put(key, step.value, this.#options.id, step.expected);
    if (outcome?.outcome === 'ok') {
      // See `write`.
      if (outcome.revision <= known.leaseRevision) return;
      const entry = { key, value: step.value, revision: outcome.revision, at: 0, by: this.#options.id };
      this.memory.heedLease(known, entry);
    } else {
      if (outcome?.outcome === 'refused') this.#heedRefusal(known, outcome);
      known.lease.lost();
      known.driver = null;
    }
  }

  /** What is left to be done once a cutover is over; whichever router comes first does it. */
  async #tidy(known: Known, record: CutoverRecord, store: DecisionStore): Promise<void> {
    const step = afterwards(
      record,
      this.memory.splitOf(record.route),
      known.remains,
      this.#options.monotonic(),
    );
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
    if (step.kind === 'put' && !(await this.#splits.put(record.route, step.split, record.by, store))) return;
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
    const over = this.memory.all().filter(({ record }) => record.tidied);
    const oldest = over.toSorted((a, b) => b.record.begunAt - a.record.begunAt).slice(MOST_KEPT);
    for (const { route, revision } of oldest) {
      await store.remove(cutoverKey(route), this.#options.id, revision);
    }
  }
}
