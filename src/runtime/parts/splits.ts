import type { AdminApi } from '../../admin/api.ts';
import { type DecisionEntry, isDecision } from '../../decisions/decision.ts';
import type { DecisionStore } from '../../decisions/decision-store.ts';
import type { Registry } from '../../registry/registry.ts';
import type { ComponentLog } from '../../telemetry/component-log.ts';
import type { NewAppHolds } from '../splits/new-app-holds.ts';
import { routeOfSplit, splitFor } from '../splits/split-decisions.ts';
import { splitRoutes } from '../splits/split-routes.ts';
import { SplitTables } from '../splits/split-tables.ts';
import type { TcpRoutes } from '../tcp/tcp-routes.ts';
import type { Part } from './part.ts';

export interface SplitsPartOptions {
  readonly registry: Registry;
  /** Null: no TCP router. */
  readonly tcp: TcpRoutes | null;
  /** Null: applications that are newly mapped are served. */
  readonly holds: NewAppHolds | null;
  readonly api: AdminApi;
  /** Null before its start. */
  store(): DecisionStore | null;
  readonly log: ComponentLog;
}

/** Brings what is decided of splits to the table, and answers what is asked of them. */
export class SplitsPart implements Part {
  readonly name = 'splits';
  readonly tables: SplitTables;
  readonly #options: SplitsPartOptions;
  #end: (() => void) | null = null;

  constructor(options: SplitsPartOptions) {
    this.#options = options;
    const { registry, tcp, holds, api, store } = options;
    this.tables = new SplitTables(registry, tcp);
    api.add(...splitRoutes({ tables: this.tables, holds, store }));
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
    const { log } = this.#options;
    const { revision, by } = entry;
    const about = { route: route.text, revision, by };
    if (!isDecision(entry)) {
      this.tables.set(route, null);
      log.info('split-cleared', about);
      return;
    }
    const read = splitFor(route, entry.value);
    // What was in force stays so: to share out by half of what was decided would be another decision.
    if (!read.ok) {
      log.error('split-not-understood', { ...about, error: read.error });
      return;
    }
    this.tables.set(route, read.split);
    log.info('split-set', about);
  }
}
