import { type EventLoopUtilization, performance } from 'node:perf_hooks';
import { ok, problem } from '../../admin/answer.ts';
import type { AdminApi, AdminRequest } from '../../admin/api.ts';
import { inBackground } from '../../boundary/boundary.ts';
import { ONE_ROUND } from '../../boundary/owner.ts';
import { every } from '../../boundary/timers.ts';
import { routeKey } from '../../routing/route-key.ts';
import { total } from '../../telemetry/counters.ts';
import { RequestCells } from '../../telemetry/request-cells.ts';
import { systemTime } from '../../time/wall-clock.ts';
import { historyJson, readHistory } from '../history/history-json.ts';
import { ROUTE_SERIES, RouteHistory } from '../history/route-history.ts';
import { type Reading, RouterHistory } from '../history/router-history.ts';
import { INTERVAL_MS, Series } from '../history/series.ts';
import type { ProxyThreads } from '../threads/proxy-threads.ts';
import type { SharedMemory } from '../threads/shared-memory.ts';
import type { Part } from './part.ts';

export interface HistoryPartOptions {
  readonly memory: Pick<SharedMemory, 'buffers' | 'connectionLoads'>;
  readonly threads: Pick<ProxyThreads, 'traffic'>;
  readonly api: AdminApi;
  /** False: nobody can ask for it. */
  readonly wanted: boolean;
}

const NOTHING_KEPT = new Series(ROUTE_SERIES);
const HINT = 'docs/admin.md has the names of all series';

/** The last 15 minutes of this router and of its busiest routes. */
export class HistoryPart implements Part {
  readonly name = 'history';
  readonly router = new RouterHistory();
  readonly routes = new RouteHistory();
  readonly #options: HistoryPartOptions;
  #loop: EventLoopUtilization = performance.eventLoopUtilization();
  #timer: NodeJS.Timeout | undefined;
  /** `asking`: threads have been asked and have not all answered. */
  #state: 'idle' | 'asking' = 'idle';
  #readAt = 0;

  constructor(options: HistoryPartOptions) {
    this.#options = options;
    options.api.add({
      method: 'GET',
      path: '/v1/history',
      right: 'read',
      handler: (request) => this.#show(request),
    });
  }

  start(): void {
    if (!this.#options.wanted) return;
    this.router.read(this.#reading([]));
    this.#readAt = performance.now();
    this.#timer = every(INTERVAL_MS, ONE_ROUND, () => inBackground(ONE_ROUND, this.#round()));
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  async #round(): Promise<void> {
    if (this.#state === 'asking') return;
    this.#state = 'asking';
    try {
      const answers = await this.#options.threads.traffic();
      const now = performance.now();
      this.routes.add(
        answers.flatMap(({ routes }) => routes),
        (now - this.#readAt) / 1000,
      );
      this.#readAt = now;
      this.router.read(this.#reading(answers.map(({ load }) => load)));
    } finally {
      this.#state = 'idle';
    }
  }

  #reading(threads: Reading['threads']): Reading {
    const { buffers, connectionLoads } = this.#options.memory;
    const loop = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(loop, this.#loop);
    this.#loop = loop;
    const { user, system } = process.cpuUsage();
    return {
      at: performance.now(),
      requests: RequestCells.sums(buffers.requests),
      begun: total(buffers.counters, 'requests'),
      connections: connectionLoads.counts().reduce<number>((sum, count) => sum + (count ?? 0), 0),
      cpu: (user + system) / 1000,
      threads,
      controlBusy: utilization,
    };
  }

  #show({ query }: AdminRequest) {
    const asked = readHistory(query);
    if (typeof asked === 'string') return problem(400, 'bad-history', asked, HINT);
    const { route } = asked;
    // Of a route that had no request lately there is nothing to be told, which is no fault.
    const series = route === '' ? this.router.series : (this.routes.of(routeKey(route)) ?? NOTHING_KEPT);
    const json = historyJson<string>(series, asked, systemTime() - (performance.now() - this.#readAt));
    return typeof json === 'string' ? problem(400, 'bad-history', json, HINT) : ok(json);
  }
}
