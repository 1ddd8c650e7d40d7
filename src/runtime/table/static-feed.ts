import { performance } from 'node:perf_hooks';
import { ONE_ROUND } from '../../boundary/owner.ts';
import { soon } from '../../boundary/timers.ts';
import type { ComponentLog } from '../../telemetry/component-log.ts';
import type { StaticRoute } from './static-route.ts';
import type { StaticCounts, StaticTables } from './static-tables.ts';

/** Of a turn of the loop, in milliseconds: all that was ever decided comes at once where a store is reached. */
const TURN_MS = 1.5;

type About = Pick<StaticRoute, 'kind' | 'route'>;

/** Brings what is decided about routes into the tables, some in each turn of the loop. */
export class StaticFeed {
  readonly #tables: StaticTables;
  readonly #log: ComponentLog;
  /** By route, of which the last word alone counts. */
  readonly #waiting = new Map<string, { readonly about: About; readonly route: StaticRoute | null }>();
  #done = { routes: 0, endpoints: 0, refused: 0, gone: 0 };
  #turn: NodeJS.Immediate | null = null;

  constructor(tables: StaticTables, log: ComponentLog) {
    this.#tables = tables;
    this.#log = log;
  }

  /** @param route null: nothing holds of it any more */
  add(about: About, route: StaticRoute | null): void {
    this.#waiting.set(`${about.kind} ${about.route}`, { about, route });
    this.#turn ??= soon(ONE_ROUND, () => this.#take());
  }

  stop(): void {
    this.#waiting.clear();
    if (this.#turn !== null) clearImmediate(this.#turn);
  }

  #take(): void {
    this.#turn = null;
    const endsAt = performance.now() + TURN_MS;
    try {
      for (const [key, { about, route }] of this.#waiting) {
        if (performance.now() >= endsAt) break;
        // Before it is tried: what fails is not to be tried for ever.
        this.#waiting.delete(key);
        this.#count(route === null ? this.#tables.remove(about) : this.#tables.put(route));
      }
    } finally {
      if (this.#waiting.size > 0) this.#turn = soon(ONE_ROUND, () => this.#take());
    }
    if (this.#waiting.size === 0) this.#tell();
  }

  #count({ endpoints, refused, gone }: StaticCounts): void {
    const done = this.#done;
    this.#done = {
      routes: done.routes + 1,
      endpoints: done.endpoints + endpoints,
      refused: done.refused + refused,
      gone: done.gone + gone,
    };
  }

  #tell(): void {
    const { refused } = this.#done;
    if (refused > 0) this.#log.error('static-routes-changed', this.#done);
    else this.#log.info('static-routes-changed', this.#done);
    this.#done = { routes: 0, endpoints: 0, refused: 0, gone: 0 };
  }
}
