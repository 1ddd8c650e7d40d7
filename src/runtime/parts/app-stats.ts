import { performance } from 'node:perf_hooks';
import { type Answer, ok, problem } from '../../admin/answer.ts';
import type { AdminApi, AdminRequest } from '../../admin/api.ts';
import type { Config } from '../../config/schema.ts';
import type { AppReading } from '../../status/app-metrics.ts';
import { type AppFigures, appFigures, noFigures } from '../show/app-figures.ts';
import { figuresJson, instanceFiguresJson } from '../show/app-figures-json.ts';
import type { ProxyThreads } from '../threads/proxy-threads.ts';
import type { Part, Reload } from './part.ts';

export interface AppStatsPartOptions {
  readonly config: Pick<Config, 'cellgate'>;
  readonly api: AdminApi;
  readonly threads: Pick<ProxyThreads, 'look'>;
  /** Other routers, which are not asked. */
  others(): readonly string[];
}

/** Instances in one answer. */
const MOST_INSTANCES = 500;
/** The same in metrics, for each application. */
const MOST_MEASURED = 100;
/** More applications are asked for than are shown: one that is busy on all threads may be the busiest on none. */
const SPARE = 3;
/** One scrape asks threads once. */
const AGE_MS = 1000;
const HINT = 'GET /v1/stats?app=GUID';

/** What applications did in the last 10, 60 and 300 seconds on this router, for autoscalers and for metrics. */
export class AppStatsPart implements Part {
  readonly name = 'app stats';
  readonly #options: AppStatsPartOptions;
  #config: Pick<Config, 'cellgate'>;
  #readings: Promise<readonly AppReading[]> = Promise.resolve([]);
  #readAt = Number.NEGATIVE_INFINITY;

  constructor(options: AppStatsPartOptions) {
    this.#options = options;
    this.#config = options.config;
    options.api.add({
      method: 'GET',
      path: '/v1/stats',
      right: 'read',
      handler: (request) => this.#answer(request),
    });
  }

  reload({ config }: Reload): void {
    this.#config = config;
    this.#readAt = Number.NEGATIVE_INFINITY;
  }

  /** Of applications that are named, with their instances, and of those that are busiest. */
  readings(): Promise<readonly AppReading[]> {
    const now = performance.now();
    if (now - this.#readAt > AGE_MS) {
      this.#readAt = now;
      this.#readings = this.#read();
    }
    return this.#readings;
  }

  async #read(): Promise<readonly AppReading[]> {
    const { apps, busiest_apps: busiest } = this.#config.cellgate.metrics;
    const { figures } = await this.#ask(apps, busiest * SPARE);
    const named = new Set(apps);
    const others = figures.filter(({ app }) => !named.has(app)).slice(0, busiest);
    return [
      ...figures
        .filter(({ app }) => named.has(app))
        .map((app) => ({ ...app, instances: app.instances.slice(0, MOST_MEASURED) })),
      ...others,
    ];
  }

  async #answer({ query }: AdminRequest): Promise<Answer> {
    const app = query.get('app') ?? '';
    const instance = query.get('instance');
    if (app === '') return problem(400, 'bad-query', 'app: needed, the GUID of an application', HINT);
    const { figures, uncounted } = await this.#ask([app], 0);
    const [found] = figures;
    const { instances, ...all } = found ?? { ...noFigures(), instances: [] };
    const wanted = instances.filter((each) => instance === null || each.instance === instance);
    return ok({
      app,
      ...figuresJson(all),
      instances: wanted.slice(0, MOST_INSTANCES).map(instanceFiguresJson),
      uncounted,
      not_asked: this.#options.others(),
    });
  }

  /** `uncounted`: times that an instance came, of whatever application, for which a thread had no room. */
  async #ask(
    apps: readonly string[],
    busiest: number,
  ): Promise<{ figures: AppFigures[]; uncounted: number }> {
    const answers = (await this.#options.threads.look({ of: 'apps', apps, busiest })).map(({ seen }) => seen);
    const uncounted = answers.reduce((sum, there) => sum + there.uncounted, 0);
    return { figures: appFigures(answers), uncounted };
  }
}
