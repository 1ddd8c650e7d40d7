import type { AdminApi } from '../../admin/api.ts';
import { inBackground } from '../../boundary/boundary.ts';
import { ONE_ROUND } from '../../boundary/owner.ts';
import { after } from '../../boundary/timers.ts';
import type { Config } from '../../config/schema.ts';
import type { DecisionStore } from '../../decisions/decision-store.ts';
import type { Registry } from '../../registry/registry.ts';
import type { ComponentLog } from '../../telemetry/component-log.ts';
import { systemTime } from '../../time/wall-clock.ts';
import { decidedRoutes } from '../table/decided-routes.ts';
import { exportRoute } from '../table/export-route.ts';
import { importRoute } from '../table/import-route.ts';
import { StaticFeed } from '../table/static-feed.ts';
import { StaticRoutes } from '../table/static-routes.ts';
import { StaticTables } from '../table/static-tables.ts';
import type { TcpRoutes } from '../tcp/tcp-routes.ts';
import type { Part } from './part.ts';
import type { SnapshotPart } from './snapshot.ts';

/** A clock may be set: ends are looked for so often at least, while there are any. Milliseconds. */
const LONGEST_WAIT = 30_000;

export interface StaticRoutesPartOptions {
  readonly config: Pick<Config, 'enable_http2'>;
  readonly registry: Registry;
  /** Null: no TCP router. */
  readonly tcp: TcpRoutes | null;
  readonly snapshot: Pick<SnapshotPart, 'changed' | 'tables'>;
  readonly api: AdminApi;
  /** There is one when this part starts. */
  store(): DecisionStore | null;
  readonly log: ComponentLog;
  /** Unix milliseconds; default: the system's clock. */
  readonly now?: () => number;
}

/** Keeps the tables in step with what operators say of routes, and ends that when its time is over. */
export class StaticRoutesPart implements Part {
  readonly name = 'static routes';
  readonly #tables: StaticTables;
  readonly #feed: StaticFeed;
  readonly #store: StaticRoutesPartOptions['store'];
  readonly #now: () => number;
  /** Null before the start. */
  #routes: StaticRoutes | null = null;
  #unwatch: (() => void) | null = null;
  #timer: NodeJS.Timeout | undefined;
  /** Unix milliseconds for which the timer is set; infinite: there is none. */
  #dueAt = Number.POSITIVE_INFINITY;
  #isStopped = false;

  constructor({
    config,
    registry,
    tcp,
    snapshot,
    api,
    store,
    log,
    now = systemTime,
  }: StaticRoutesPartOptions) {
    this.#store = store;
    this.#now = now;
    this.#tables = new StaticTables({ registry, tcp, http2: config.enable_http2, log, now });
    this.#feed = new StaticFeed(this.#tables, log);
    registry.statics.onLeft = () => snapshot.changed();
    api.add(
      exportRoute({ sources: () => snapshot.tables(), now }),
      importRoute({ routes: () => this.#routes, tcp, now }),
      ...decidedRoutes(() => this.#routes),
    );
  }

  start(): void {
    const tables = this.#tables;
    const decisions = this.#store();
    if (decisions === null) return;
    const routes = new StaticRoutes(decisions);
    this.#routes = routes;
    this.#unwatch = routes.watch((about, route) => {
      this.#feed.add(about, route);
      if (route !== null) this.#wakeAt(route.until);
    });
    // Of those that the last process has left.
    const { nextEnd } = tables;
    if (nextEnd !== null) this.#wakeAt(nextEnd);
  }

  stop(): void {
    this.#isStopped = true;
    this.#unwatch?.();
    this.#feed.stop();
    clearTimeout(this.#timer);
  }

  #wakeAt(end: number): void {
    const now = this.#now();
    const at = Math.min(end, now + LONGEST_WAIT);
    if (this.#isStopped || at >= this.#dueAt) return;
    clearTimeout(this.#timer);
    this.#dueAt = at;
    this.#timer = after(Math.max(0, Math.ceil(at - now)), ONE_ROUND, () => this.#wake());
  }

  #wake(): void {
    const [tables, now] = [this.#tables, this.#now()];
    this.#dueAt = Number.POSITIVE_INFINITY;
    tables.expire();
    if (this.#routes === null) return;
    inBackground(ONE_ROUND, this.#routes.tidy(now));
    // Decisions outlive their ends for a while.
    const next = tables.nextEnd ?? (this.#routes.isEmpty ? null : now + LONGEST_WAIT);
    if (next !== null) this.#wakeAt(next);
  }
}
