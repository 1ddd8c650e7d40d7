import { availableParallelism } from 'node:os';
import { inBackground } from '../boundary/boundary.ts';
import { ONE_ROUND } from '../boundary/owner.ts';
import { every } from '../boundary/timers.ts';
import type { VarzNumbers } from '../telemetry/meter-readings.ts';
import type { MetricSources } from './metrics.ts';
import { RATE_INTERVAL_MS, Rate } from './rate.ts';
import { TopApps } from './top-apps.ts';
import { startText, uptimeText } from './varz-times.ts';

const TOP_APPS = 10;
const PERCENTILES = [50, 75, 90, 95, 99] as const;
const GROUPS = ['2xx', '3xx', '4xx', '5xx', 'xxx'] as const;
/** A constant by mistake in gorouter, which collectors read all the same. */
const VALUE = 0.5 / 1e6;

/** What only a thread itself knows. */
export interface ThreadTallies {
  /** Since they were last asked. */
  readonly apps: Iterable<readonly [app: string, requests: number]>;
  /** Lines of the component log by level, since the start. */
  readonly logCounts: readonly number[];
}

export interface VarzSources extends Pick<MetricSources, 'count' | 'meters'> {
  readonly table: MetricSources['table'] & { readonly backendCount: number };
  /** Of each thread. */
  tallies(): Promise<readonly ThreadTallies[]>;
  /** The 50th, … percentile of a spread, milliseconds. */
  percentile(spread: Float64Array, share: number): number;
}

/** Who the router is. */
export interface ComponentIdentity {
  readonly index: number;
  /** `host:port` of the listener that shows this. */
  readonly host: string;
  readonly credentials: readonly [user: string, pass: string];
  readonly uuid: string;
}

interface HttpMetric {
  readonly requests: number;
  readonly rate: readonly [number, number, number];
  readonly responses: Float64Array;
  readonly spread: Float64Array;
}

/** The numbers of gorouter's deprecated `/varz` (docs/compatibility.md §6.3). */
export class Varz {
  readonly #sources: VarzSources;
  readonly #startedAt = Date.now();
  /** The same on the steady clock. */
  readonly #begunAt = performance.now();
  readonly #rates = new Map<string, Rate>();
  readonly #rate = new Rate();
  readonly #topApps = new TopApps();
  readonly #timer: NodeJS.Timeout;
  #hearing: Promise<number[]> | null = null;
  #cpu = { used: process.cpuUsage(), at: performance.now(), percent: 0 };

  constructor(sources: VarzSources) {
    this.#sources = sources;
    const tick = (): void => inBackground(ONE_ROUND, this.#tick());
    this.#timer = every(RATE_INTERVAL_MS, ONE_ROUND, tick).unref();
  }

  /** Keys sorted, as Go has them. */
  async json(identity: ComponentIdentity): Promise<string> {
    const logCounts = await this.#hear();
    return JSON.stringify(sorted({ ...this.#component(identity, logCounts), ...this.#traffic() }));
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #component({ index, host, credentials, uuid }: ComponentIdentity, logCounts: readonly number[]): object {
    const counted = logCounts.map((lines, level) => [String(level), lines] as const);
    return {
      type: 'Router',
      index,
      host,
      credentials,
      uuid,
      start: startText(this.#startedAt),
      num_cores: availableParallelism(),
      mem: process.memoryUsage.rss(),
      cpu: this.#cpu.percent,
      uptime: uptimeText(performance.now() - this.#begunAt),
      log_counts: Object.fromEntries(counted.filter(([, lines]) => lines > 0)),
    };
  }

  #traffic(): object {
    const { table, count, meters } = this.#sources;
    const components: Record<string, object> = {};
    const kept = meters.varz();
    let requests = 0;
    let { responses, latency: spread } = NOTHING;
    for (const { component, attempts } of meters.components()) {
      const own = kept.get(component) ?? NOTHING;
      requests += attempts;
      responses = sum(responses, own.responses);
      spread = sum(spread, own.latency);
      if (component === '') continue;
      const rate = (this.#rates.get(component) ?? NO_RATE).perSecond;
      components[component] = this.#httpMetric({
        requests: attempts,
        rate,
        responses: own.responses,
        spread: own.latency,
      });
    }
    const rate = this.#rate.perSecond;
    return {
      ...this.#httpMetric({ requests, rate, responses, spread }),
      tags: { component: components },
      urls: table.poolCount,
      droplets: table.backendCount,
      bad_requests: count('rejected_requests'),
      bad_gateways: count('bad_gateways'),
      requests_per_sec: rate[0],
      top10_app_requests: this.#topApps.top(TOP_APPS).map(([application_id, rpm]) => ({
        application_id,
        rpm,
        rps: Math.floor(rpm / 60),
      })),
      ms_since_last_registry_update: Math.floor(table.millisecondsSinceUpdate()),
    };
  }

  #httpMetric({ requests, rate, responses, spread }: HttpMetric): object {
    const latency: Record<string, number> = { value: VALUE, samples: 1 };
    for (const percent of PERCENTILES) {
      latency[percent] = this.#sources.percentile(spread, percent / 100) / 1000;
    }
    const counted = GROUPS.map((group, at) => [`responses_${group}`, responses[at] ?? 0] as const);
    return { requests, rate, ...Object.fromEntries(counted), latency };
  }

  async #tick(): Promise<void> {
    this.#measureCpu();
    let total = 0;
    for (const { component, attempts } of this.#sources.meters.components()) {
      total += attempts;
      const rate = this.#rates.get(component) ?? new Rate();
      this.#rates.set(component, rate);
      rate.tick(attempts);
    }
    this.#rate.tick(total);
    await this.#hear();
    this.#topApps.tick();
  }

  /** One at a time: an answer of the threads is for who asked first. Answers the lines of the component log by level. */
  #hear(): Promise<number[]> {
    this.#hearing ??= this.#ask().finally(() => {
      this.#hearing = null;
    });
    return this.#hearing;
  }

  async #ask(): Promise<number[]> {
    const counts: number[] = [];
    for (const { apps, logCounts } of await this.#sources.tallies()) {
      this.#topApps.add(apps);
      for (const [level, lines] of logCounts.entries()) counts[level] = (counts[level] ?? 0) + lines;
    }
    return counts;
  }

  #measureCpu(): void {
    const { user, system } = process.cpuUsage(this.#cpu.used);
    const at = performance.now();
    const percent = (user + system) / (at - this.#cpu.at) / 10;
    this.#cpu = { used: process.cpuUsage(), at, percent };
  }
}

const NOTHING: VarzNumbers = {
  responses: new Float64Array(GROUPS.length),
  latency: new Float64Array(0),
};
const NO_RATE = new Rate();

function sum(a: Float64Array, b: Float64Array): Float64Array {
  const [long, short] = a.length < b.length ? [b, a] : [a, b];
  return long.map((value, at) => value + (short[at] ?? 0));
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, inner]) => [key, sorted(inner)]));
}
