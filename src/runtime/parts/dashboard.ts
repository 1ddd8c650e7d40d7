import { performance } from 'node:perf_hooks';
import type { AdminApi } from '../../admin/api.ts';
import { type Overview, overviewJson } from '../../admin/overview-route.ts';
import { AssetStore } from '../../dashboard/assets.ts';
import { type Facts, remarksOn, verdictOf } from '../../dashboard/attention.ts';
import { pageRoutes } from '../../dashboard/pages.ts';
import { plainRoutes } from '../../dashboard/plain/plain-routes.ts';
import { SharedView } from '../../dashboard/shared-view.ts';
import type { StateCounts } from '../../registry/endpoint-state.ts';
import { systemTime } from '../../time/wall-clock.ts';
import { shownFigures, summed } from '../history/figures.ts';
import { minuteJson } from '../show/routes-page.ts';
import type { CutoversPart } from './cutovers.ts';
import type { FiguresPart } from './figures.ts';
import type { HistoryPart } from './history.ts';
import type { Part } from './part.ts';
import type { RollCallPart } from './roll-call.ts';
import type { SplitsPart } from './splits.ts';
import type { TableState } from './table-state.ts';
import type { TlsViewPart } from './tls-view.ts';

/** How old the first screen may be, and the states of all endpoints on it where there are many. Milliseconds. */
const AGE_MS = 2000;
const STATES_AGE_MS = 15_000;
/** So many endpoints are counted in no time. */
const FEW_ENDPOINTS = 2000;
/** Routers say something every five seconds. Milliseconds. */
const SILENT_MS = 12_500;
/** A cutover that was taken back is told of for so long. Milliseconds. */
const NEWS_MS = 3600_000;
const DAY_MS = 86_400_000;
const MOST_ROUTES = 8;

export interface DashboardPartOptions {
  readonly api: AdminApi;
  overview(): Overview;
  readonly tableState: Pick<TableState, 'states' | 'ageSeconds'>;
  readonly history: Pick<HistoryPart, 'router' | 'routes'>;
  readonly figures: Pick<FiguresPart, 'all' | 'own'>;
  readonly rollCall: Pick<RollCallPart, 'present'>;
  readonly cutovers: Pick<CutoversPart, 'all'>;
  readonly splits: Pick<SplitsPart, 'count'>;
  readonly tls: Pick<TlsViewPart, 'certificates'>;
}

/** The pages that people look at, and what their first screen shows: found out once for all of them. */
export class DashboardPart implements Part {
  readonly name = 'dashboard';
  readonly #options: DashboardPartOptions;
  readonly #summary = new SharedView({
    age: AGE_MS,
    make: () => this.#look(),
    now: () => performance.now(),
  });
  #states: { readonly at: number; readonly counts: Promise<StateCounts> } | null = null;

  constructor(options: DashboardPartOptions) {
    this.#options = options;
    const { api } = options;
    const assets = new AssetStore();
    api.add(...pageRoutes(assets), ...plainRoutes(api, assets), {
      method: 'GET',
      path: '/v1/summary',
      right: 'read',
      handler: () => this.#summary.get(),
    });
  }

  async #look(): Promise<object> {
    const { overview, history, figures, rollCall, cutovers, splits } = this.#options;
    const router = overview();
    const present = rollCall.present();
    const [states, byRouter] = await Promise.all([this.#countStates(router), figures.all()]);
    const silent = present.filter(({ heardMs }) => heardMs > SILENT_MS).map(({ id }) => id);
    const all = cutovers.all().filter(({ over, since }) => !over || systemTime() - since < NEWS_MS);
    const own = figures.own();
    const facts: Facts = {
      health: router.health,
      bus: router.bus,
      routes: router.table.routes,
      tableAge: this.#options.tableState.ageSeconds,
      decisions: router.decisions.asOf === null ? { state: 'reachable', why: '' } : router.decisions,
      states: { ...states },
      failing: history.routes.failing(),
      minute: own.seconds === 0 ? null : own,
      busiestThread: own.busy,
      cutovers: all,
      certificates: this.#options.tls.certificates().map(({ name, notAfter }) => ({
        name,
        daysLeft: (notAfter - systemTime()) / DAY_MS,
      })),
      silent,
    };
    const remarks = remarksOn(facts);
    return {
      verdict: verdictOf(remarks),
      remarks,
      router: overviewJson(router),
      states,
      minute: shownFigures(own),
      splits: splits.count,
      cutovers: all.map(({ route, phase, over }) => ({ route, phase, over })),
      busiest: history.routes.busiest().slice(0, MOST_ROUTES).map(routeJson),
      failing: history.routes.failing().slice(0, MOST_ROUTES).map(routeJson),
      routers: present.map(({ id, version, state, address, routes, heardMs }) => {
        const known = byRouter.get(id);
        const isSilent = silent.includes(id);
        return {
          ...{ id, version, state, address, routes },
          // Whole seconds: who looks again and finds nothing new need not be told.
          heard_seconds: isSilent ? Math.floor(heardMs / 1000) : 0,
          answers: !isSilent && known !== undefined,
          minute: known === undefined ? null : shownFigures(known),
        };
      }),
      all: shownFigures(summed(byRouter.values())),
    };
  }

  /** All of a large table are looked at less often. */
  #countStates({ table }: Overview): Promise<StateCounts> {
    const now = performance.now();
    const age = table.endpoints > FEW_ENDPOINTS ? STATES_AGE_MS : 0;
    if (this.#states === null || now - this.#states.at >= age) {
      const counts = this.#options.tableState.states();
      this.#states = { at: now, counts };
      // Who waits hears of it; the next one tries again.
      counts.catch(() => {
        this.#states = null;
      });
    }
    return this.#states.counts;
  }
}

function routeJson({
  route,
  ...minute
}: {
  route: string;
  requests: number;
  failed: number;
  p95: number;
  seconds: number;
}): object {
  return { route, ...minuteJson(minute) };
}
