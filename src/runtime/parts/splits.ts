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
import { routeOfSplit, splitOf } from '../splits/split-decisions.ts';
import { splitRoutes } from '../splits/split-routes.ts';
import type { Part } from './part.ts';

export interface SplitsPartOptions {
  readonly registry: Registry;
  readonly api: AdminApi;
  /** Null before its start. */
  store(): DecisionStore | null;
  /** Of the batch of changes that is made up now, and whether all threads have applied one. */
  readonly epochs: Pick<Epochs, 'current' | 'isApplied'>;
  readonly ledger: Pick<ArmLedger, 'forget' | 'turn' | 'of' | 'nothing'>;
  /** See `SplitRoutesOptions`. */
  busy(route: string): string | null;
  readonly log: ComponentLog;
}

interface InForce {
  readonly split: Split;
  readonly revision: number;
  /** The batch by which threads are told; null: they need not be. */
  readonly epoch: number | null;
}

/** Routes that metrics have. */
const MOST_READ = 200;
const OUTCOMES = ['answered', 'app-error', 'gateway-error', 'aborted'] as const;

/** Brings what is decided of splits to the table, and answers what is asked of them. */
export class SplitsPart implements Part {
  readonly name = 'splits';
  readonly #options: SplitsPartOptions;
  #end: (() => void) | null = null;
  readonly #set = new Map<string, InForce>();

  constructor(options: SplitsPartOptions) {
    this.#options = options;
    options.api.add(...splitRoutes(options));
  }

  /** Of the split by which all threads share out a route's requests; 0: there is none, or some do not yet. */
  revisionOf(route: string): number {
    const set = this.#set.get(route);
    if (set === undefined) return 0;
    return set.epoch === null || this.#options.epochs.isApplied(set.epoch) ? set.revision : 0;
  }

  /** Of this router, for its metrics; of some routes only, where there are many. */
  readings(): ArmReading[] {
    const { ledger } = this.#options;
    return [...this.#set].slice(0, MOST_READ).flatMap(([route, { split }]) =>
      split.arms.map(({ selector, weight }) => {
        const arm = selectorText(selector);
        const { counts } = ledger.of(route).get(arm) ?? ledger.nothing;
        // What has begun is either of these in the end.
        const requests = OUTCOMES.map((outcome) => [outcome, counts[ARM_COUNTS.indexOf(outcome)]!] as const);
        return { route, arm, weight, requests };
      }),
    );
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
    const { registry, epochs, ledger, log } = this.#options;
    const { revision, by } = entry;
    if (!isDecision(entry)) {
      registry.setSplit(route, null);
      this.#set.delete(route);
      ledger.forget(route);
      log.info('split-cleared', { route, revision, by });
      return;
    }
    const split = splitOf(entry, route);
    // What was in force stays so: to share out by half of what was decided would be another decision.
    if (typeof split === 'string') {
      log.error('split-not-understood', { route, revision, by, error: split });
      return;
    }
    const isNews = registry.setSplit(route, split);
    ledger.turn(route);
    this.#set.set(route, { split, revision, epoch: isNews ? epochs.current : null });
    log.info('split-set', { route, revision, by });
  }
}
