import { type DecisionEntry, isDecision } from '../../decisions/decision.ts';
import type { Split } from '../../routing/split.ts';
import type { ComponentLog } from '../../telemetry/component-log.ts';
import { HOLDER } from './new-app-holds.ts';
import { routeOfSplit, splitFor } from './split-decisions.ts';
import type { SplitRoute } from './split-route.ts';
import type { SplitTables } from './split-tables.ts';

/** Routes looked at in one piece. */
const PER_PIECE = 50;
const HINT = 'cellgate split clear ROUTE lets what is held serve';

interface Hold {
  readonly route: SplitRoute;
  readonly split: Split;
  state: 'served' | 'unserved';
}

/** Looks for routes that are held for an application that has gone: what is there gets nothing, and nobody has said so. */
export class UnservedHolds {
  readonly #tables: Pick<SplitTables, 'arms'>;
  readonly #log: ComponentLog;
  readonly #holds = new Map<string, Hold>();

  constructor(tables: Pick<SplitTables, 'arms'>, log: ComponentLog) {
    this.#tables = tables;
    this.#log = log;
  }

  /** What is decided about a route. */
  heed(entry: DecisionEntry): void {
    const route = routeOfSplit(entry);
    if (route === null) return;
    this.#holds.delete(route.text);
    if (!isDecision(entry) || entry.by !== HOLDER) return;
    const read = splitFor(route, entry.value);
    if (read.ok) this.#holds.set(route.text, { route, split: read.split, state: 'served' });
  }

  /** One look at all of them, in pieces between which other work may be done. */
  *look(): Generator<void> {
    let looks = 0;
    for (const hold of this.#holds.values()) {
      this.#lookAt(hold);
      if (++looks % PER_PIECE === 0) yield;
    }
  }

  #lookAt(hold: Hold): void {
    const { route, split } = hold;
    const [own, ...others] = this.#tables.arms(route, split);
    const isUnserved = own?.endpoints === 0 && others.some(({ endpoints }) => endpoints > 0);
    const state = isUnserved ? 'unserved' : 'served';
    if (state === hold.state) return;
    hold.state = state;
    const about = { route: route.text, held_for: own?.selector };
    if (isUnserved) this.#log.error('held-route-unserved', { ...about, hint: HINT });
    else this.#log.info('held-route-served', about);
  }
}
