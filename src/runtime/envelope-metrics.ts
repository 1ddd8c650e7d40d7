import { readdir } from 'node:fs/promises';
import type { MetricSources } from '../status/metrics.ts';
import type { CounterName } from '../telemetry/counters.ts';
import { counterEvent, valueMetric } from '../telemetry/dropsonde.ts';
import { type Metron, unixNanoseconds } from '../telemetry/metron.ts';

/** gorouter's batches (gorouter.md §6.5). */
const INTERVAL_MS = 5000;

const RESPONSES = ['2xx', '3xx', '4xx', '5xx', 'xxx'] as const;
/** Told even while they stand still. */
const ALWAYS: Readonly<Record<string, CounterName>> = {
  bad_gateways: 'bad_gateways',
  backend_exhausted_conns: 'backend_exhausted_conns',
  backend_invalid_id: 'backend_invalid_id',
  backend_invalid_tls_cert: 'backend_invalid_tls_cert',
  backend_tls_handshake_failed: 'backend_tls_handshake_failed',
  rejected_requests: 'rejected_requests',
  total_requests: 'backend_attempts',
};

export type EnvelopeSources = Pick<MetricSources, 'table' | 'tally' | 'count' | 'routingApi'>;

/** `enable_envelope_v1_metrics`: counters and gauges for Loggregator, every five seconds. */
export class EnvelopeMetrics {
  readonly #metron: Metron;
  readonly #sources: EnvelopeSources;
  readonly #timer: NodeJS.Timeout;
  readonly #told = new Map<string, number>();

  constructor(metron: Metron, sources: EnvelopeSources) {
    this.#metron = metron;
    this.#sources = sources;
    this.#timer = setInterval(() => void this.tell(), INTERVAL_MS).unref();
  }

  async tell(): Promise<void> {
    const { table, tally, count, routingApi } = this.#sources;
    for (const [name, counter] of Object.entries(ALWAYS)) this.#counter(name, count(counter), true);
    let responses = 0;
    for (const group of RESPONSES) {
      const answered = count(`responses_${group}`);
      responses += answered;
      this.#counter(`responses.${group}`, answered, true);
    }
    this.#counter('responses', responses, true);
    this.#counter('routes_pruned', tally.routesPruned, true);
    for (const [component, { added, updated, refreshed, unmodified, unregistered }] of tally.components) {
      const suffix = component === '' ? '' : `.${component}`;
      this.#counter(`registry_message${suffix}`, added + updated + refreshed + unmodified, false);
      this.#counter(`unregistry_message${suffix}`, unregistered, false);
    }
    const errors = routingApi();
    this.#counter('token_fetch_errors', errors?.tokenFetch ?? 0, false);
    this.#counter('subscribe_events_errors', errors?.subscribeEvents ?? 0, false);
    this.#value('total_routes', table.poolCount, '');
    this.#value('ms_since_last_registry_update', table.millisecondsSinceUpdate(), 'ms');
    this.#value('uptime', Math.floor(process.uptime()), 'seconds');
    const descriptors = await readdir('/proc/self/fd').catch(() => []);
    this.#value('file_descriptors', descriptors.length, 'file');
  }

  close(): void {
    clearInterval(this.#timer);
    this.#metron.close();
  }

  #counter(name: string, total: number, always: boolean): void {
    const delta = total - (this.#told.get(name) ?? 0);
    if (delta === 0 && !always) return;
    this.#told.set(name, total);
    this.#metron.send(counterEvent(name, delta, total, unixNanoseconds()));
  }

  #value(name: string, value: number, unit: string): void {
    this.#metron.send(valueMetric(name, value, unit, unixNanoseconds()));
  }
}
