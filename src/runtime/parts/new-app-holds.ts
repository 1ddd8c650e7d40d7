import { performance } from 'node:perf_hooks';
import { inBackground } from '../../boundary/boundary.ts';
import { ONE_ROUND } from '../../boundary/owner.ts';
import { every } from '../../boundary/timers.ts';
import type { DecisionStore } from '../../decisions/decision-store.ts';
import type { ComponentLog } from '../../telemetry/component-log.ts';
import { inTurns } from '../../time/in-turns.ts';
import { systemTime } from '../../time/wall-clock.ts';
import { NewAppHolds } from '../splits/new-app-holds.ts';
import type { SplitTables } from '../splits/split-tables.ts';
import { UnservedHolds } from '../splits/unserved-holds.ts';
import type { Part } from './part.ts';
import type { SnapshotPart } from './snapshot.ts';

/** Milliseconds. */
const ROUND_MS = 5000;

export interface NewAppHoldsPartOptions {
  tables(): SplitTables;
  /** Null before its start. */
  store(): DecisionStore | null;
  snapshot(): Pick<SnapshotPart, 'isWhole'>;
  readonly log: ComponentLog;
}

/** Keeps what is held for `cellgate.hold_new_apps` and what is decided in step, and looks for holds that serve nobody. */
export class NewAppHoldsPart implements Part {
  readonly name = 'new app holds';
  readonly holds: NewAppHolds;
  readonly #unserved: UnservedHolds;
  readonly #store: NewAppHoldsPartOptions['store'];
  readonly #end = new AbortController();
  #unwatch: (() => void) | null = null;
  #timer: NodeJS.Timeout | undefined;
  #look: 'none' | 'going on' = 'none';

  constructor({ tables, store, snapshot, log }: NewAppHoldsPartOptions) {
    this.#store = store;
    this.holds = new NewAppHolds({
      store,
      isTableWhole: () => snapshot().isWhole,
      now: () => performance.now(),
      wallNow: () => Math.floor(systemTime()),
      release: (route) => tables().set(route, null),
      log,
    });
    this.#unserved = new UnservedHolds({ arms: (route, split) => tables().arms(route, split) }, log);
  }

  start(): void {
    const { holds } = this;
    const unserved = this.#unserved;
    this.#unwatch =
      this.#store()?.watch((entry) => {
        holds.heed(entry);
        unserved.heed(entry);
      }) ?? null;
    this.#timer = every(ROUND_MS, ONE_ROUND, () => this.#round());
  }

  stop(): void {
    this.#end.abort();
    this.#unwatch?.();
    clearInterval(this.#timer);
  }

  #round(): void {
    inBackground(ONE_ROUND, this.holds.write());
    if (this.#look === 'none') inBackground(ONE_ROUND, this.#lookAround());
  }

  async #lookAround(): Promise<void> {
    this.#look = 'going on';
    try {
      await inTurns(this.#unserved.look(), this.#end.signal);
    } finally {
      this.#look = 'none';
    }
  }
}
