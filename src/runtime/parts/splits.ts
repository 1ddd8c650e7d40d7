import type { AdminApi } from '../../admin/api.ts';
import { type DecisionEntry, isDecision } from '../../decisions/decision.ts';
import type { DecisionStore } from '../../decisions/decision-store.ts';
import type { Epochs } from '../../registry/epochs.ts';
import type { Registry } from '../../registry/registry.ts';
import { ARM_COUNTS } from '../../routing/arm-tally.ts';
import { selectorText } from '../../routing/selector.ts';
import type { Split } from '../../routing/split.ts';
import type { ArmReading } from '../../status/split-metrics.ts';
import type { ComponentLog } from '../../telemetry/component-log.ts';
import type { ArmLedger } from '../cutover/arm-ledger.ts';
import { armTaken } from '../cutover/arm-taken.ts';
import { HOLDER, type NewAppHolds } from '../splits/new-app-holds.ts';
import { routeOfSplit, splitFor } from '../splits/split-decisions.ts';
import { readSplitRoute, type SplitRoute } from '../splits/split-route.ts';
import { splitRoutes } from '../splits/split-routes.ts';
import { SplitTables } from '../splits/split-tables.ts';
import type { TcpRoutes } from '../tcp/tcp-routes.ts';
import type { Part } from './part.ts';

type SplitEpochs = Pick<Epochs, 'current' | 'isApplied'>;

export interface SplitsPartOptions {
  readonly registry: Registry;
  /** Null: no TCP router. */
  readonly tcp: TcpRoutes | null;
  /** Null: applications that are newly mapped are served. */
  readonly holds: NewAppHolds | null;
  readonly api: AdminApi;
  /** Null before its start. */
  store(): DecisionStore | null;
  /** By the table: of the batch of changes that is made up now, and whether all threads have applied one. */
  readonly epochs: Readonly<Record<SplitRoute['kind'], SplitEpochs>>;
  readonly ledger: Pick<ArmLedger, 'forget' | 'turn' | 'read'>;
  /** See `SplitRoutesOptions`. */
  busy(route: string): string | null;
  readonly log: ComponentLog;
}

interface InForce {
  readonly split: Split;
  readonly revision: number;
  readonly by: string;
  readonly epochs: SplitEpochs;
  /** The batch by which threads are told; null: they need not be. */
  readonly epoch: number | null;
}

/** Routes that metrics have. */
const MOST_READ = 200;
const OUTCOMES = ['answered', 'app-error', 'gateway-error', 'aborted'] as const;

/** Brings what is decided of splits to the table, and answers what is asked of them. */
export class SplitsPart implements Part {
  readonly name = 'splits';
  readonly tables: SplitTables;
  readonly #options: SplitsPartOptions;
  #end: (() => void) | null = null;
  readonly #set = new Map<string, InForce>();

  constructor(options: SplitsPartOptions) {
    this.#options = options;
    const { registry, tcp, holds, api, store, busy, ledger } = options;
    this.tables = new SplitTables(registry, tcp);
    const taken = (route: string, arm: string): object => armTaken(ledger.read(route, arm));
    api.add(...splitRoutes({ tables: this.tables, holds, store, busy, taken }));
  }

  /** Of the split by which all threads share out a route's requests; 0: there is none, or some do not yet. */
  revisionOf(route: string): number {
    const set = this.#set.get(route);
    if (set === undefined) return 0;
    return set.epoch === null || set.epochs.isApplied(set.epoch) ? set.revision : 0;
  }

  /** See `Deciders`. */
  decidedBy(route: string): string {
    const named = readSplitRoute(route);
    const hold = named === null ? null : (this.#options.holds?.of(named) ?? null);
    const by = this.#set.get(route)?.by ?? (hold === null ? '' : HOLDER);
    if (by === '') return '';
    return by === HOLDER ? `gorouter.yml cellgate.${HOLDER}` : `admin:${by}`;
  }

  /** Of this router, for its metrics; of some routes only, where there are many. */
  readings(): ArmReading[] {
    const { ledger } = this.#options;
    return [...this.#set].slice(0, MOST_READ).flatMap(([route, { split }]) =>
      split.arms.map(({ selector, weight }) => {
        const arm = selectorText(selector);
        const { counts } = ledger.read(route, arm);
        // What has begun is either of these in the end.
        const requests = OUTCOMES.map((outcome) => [outcome, counts[ARM_COUNTS.indexOf(outcome)]!] as const);
        return { route, arm, weight, requests };
      }),
    );
  }

  /** Routes that have one. */
  get count(): number {
    return this.#set.size;
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
    const { epochs, ledger, log } = this.#options;
    const { revision, by } = entry;
    const about = { route: route.text, revision, by };
    if (!isDecision(entry)) {
      this.tables.set(route, null);
      this.#set.delete(route.text);
      ledger.forget(route.text);
      log.info('split-cleared', about);
      return;
    }
    const read = splitFor(route, entry.value);
    // What was in force stays so: to share out by half of what was decided would be another decision.
    if (!read.ok) {
      log.error('split-not-understood', { ...about, error: read.error });
      return;
    }
    const { split } = read;
    const isNews = this.tables.set(route, split);
    ledger.turn(route.text);
    this.#set.set(route.text, {
      split,
      revision,
      by,
      epochs: epochs[route.kind],
      epoch: isNews ? epochs[route.kind].current : null,
    });
    log.info('split-set', about);
  }
}
