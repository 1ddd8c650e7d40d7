import type { AdminApi } from '../../admin/api.ts';
import { type DecisionEntry, isDecision } from '../../decisions/decision.ts';
import type { DecisionStore } from '../../decisions/decision-store.ts';
import type { Registry } from '../../registry/registry.ts';
import type { ComponentLog } from '../../telemetry/component-log.ts';
import { routeOfSplit, splitOf } from '../splits/split-decisions.ts';
import { splitRoutes } from '../splits/split-routes.ts';
import type { Part } from './part.ts';

export interface SplitsPartOptions {
  readonly registry: Registry;
  readonly api: AdminApi;
  /** Null before its start. */
  store(): DecisionStore | null;
  readonly log: ComponentLog;
}

/** Brings what is decided of splits to the table, and answers what is asked of them. */
export class SplitsPart implements Part {
  readonly name = 'splits';
  readonly #options: SplitsPartOptions;
  #end: (() => void) | null = null;

  constructor(options: SplitsPartOptions) {
    this.#options = options;
    options.api.add(...splitRoutes(options));
  }

  start(): void {
    this.#end = this.#options.store()?.watch((entry) => this.#heed(entry)) ?? null;
  }

  stop(): void {
    this.#end?.();
  }

  #heed(entry: DecisionEntry): void {
    const route = routeOfSplit(entry);
    if (route === null) return;
    const { registry, log } = this.#options;
    const { revision, by } = entry;
    if (!isDecision(entry)) {
      registry.setSplit(route, null);
      log.info('split-cleared', { route, revision, by });
      return;
    }
    const split = splitOf(entry, route);
    // What was in force stays so: to share out by half of what was decided would be another decision.
    if (typeof split === 'string') {
      log.error('split-not-understood', { route, revision, by, error: split });
      return;
    }
    registry.setSplit(route, split);
    log.info('split-set', { route, revision, by });
  }
}
