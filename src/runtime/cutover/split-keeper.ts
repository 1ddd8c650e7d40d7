import type { JsonObject } from '../../decisions/decision.ts';
import type { DecisionStore } from '../../decisions/decision-store.ts';
import type { ComponentLog } from '../../telemetry/component-log.ts';
import { splitKey } from '../splits/split-decisions.ts';
import type { CutoverMemory } from './cutover-memory.ts';
import type { CutoverRecord } from './cutover-record.ts';
import { isSameSplit, splitFor } from './cutover-split.ts';

/** Keeps the split of a cutover's route in line with what its record says. */
export class SplitKeeper {
  readonly #memory: Pick<CutoverMemory, 'splitOf'>;
  readonly #log: ComponentLog;

  constructor(memory: Pick<CutoverMemory, 'splitOf'>, log: ComponentLog) {
    this.#memory = memory;
    this.#log = log;
  }

  /** Null: the split is not, or not yet, what the cutover wants. */
  revisionOf(record: CutoverRecord): number | null {
    const split = this.#memory.splitOf(record.route);
    if (split === null || record.course.revision === 0) return null;
    const wanted = splitFor(record.found, record.route, record, record.course.weights);
    return isSameSplit(split.value, wanted, record.route) ? split.revision : null;
  }

  async enforce(record: CutoverRecord, store: DecisionStore): Promise<void> {
    const { route, found, course, by } = record;
    if (course.revision === 0 || this.revisionOf(record) !== null) return;
    const wanted = splitFor(found, route, record, course.weights);
    await this.put(route, wanted, by, store);
  }

  async put(route: string, wanted: JsonObject, by: string, store: DecisionStore): Promise<boolean> {
    const expected = this.#memory.splitOf(route)?.revision ?? 0;
    const outcome = await store.put(splitKey({ text: route }), wanted, `cutover by ${by}`, expected);
    if (outcome.outcome === 'ok') return true;
    this.#log.warn('cutover-split-not-set', { route, outcome: outcome.outcome });
    return false;
  }
}
