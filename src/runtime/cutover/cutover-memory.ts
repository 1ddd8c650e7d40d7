import { isOver } from '../../cutover/advance.ts';
import type { Decision, DecisionEntry } from '../../decisions/decision.ts';
import type { ComponentLog } from '../../telemetry/component-log.ts';
import { splitKey } from '../splits/split-decisions.ts';
import { type CutoverRecord, readRecord, routeOfCutover } from './cutover-record.ts';
import { type Known, UNSEEN, unheard, type WithRecord } from './known-cutover.ts';

export interface CutoverMemoryOptions {
  /** Of this router, as in the roll-call. */
  readonly id: string;
  readonly log: ComponentLog;
  /** Monotonic milliseconds. */
  monotonic(): number;
}

/** What this router has heard of cutovers, of their leases, and of splits. */
export class CutoverMemory {
  readonly #options: CutoverMemoryOptions;
  readonly #routes = new Map<string, Known>();
  /** Of routes that have one. */
  readonly #splits = new Map<string, Decision>();

  constructor(options: CutoverMemoryOptions) {
    this.#options = options;
  }

  routes(): Iterable<Known> {
    return this.#routes.values();
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
    const known = this.know(route);
    if (isLease) this.heedLease(known, entry);
    else this.heedRecord(known, entry);
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

  /** What is known of a route, from now on if nothing was. */
  know(route: string): Known {
    let known = this.#routes.get(route);
    if (known === undefined) {
      known = unheard(route, this.#options.id, this.#options.monotonic());
      this.#routes.set(route, known);
    }
    return known;
  }

  heedLease(known: Known, entry: DecisionEntry): void {
    known.lease.heed(entry, this.#options.monotonic());
    known.leaseRevision = entry.value === null ? 0 : entry.revision;
    if (!known.lease.isOurs) known.driver = null;
  }

  heedRecord(known: Known, { value, revision }: DecisionEntry): void {
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
}
