import { readdir } from 'node:fs/promises';
import { inBackground } from '../../boundary/boundary.ts';
import { ONE_ROUND } from '../../boundary/owner.ts';
import { every } from '../../boundary/timers.ts';
import type { MetricSources } from '../../status/metrics.ts';
import { BackwardWriter, LONGEST_DATAGRAM } from '../../telemetry/backward-writer.ts';
import type { CounterName } from '../../telemetry/counters.ts';
import { Envelopes } from '../../telemetry/dropsonde.ts';
import type { Metron } from '../../telemetry/metron.ts';

/** gorouter's batches (docs/compatibility.md §6.5). */
const INTERVAL_MS = 5000;
const UPTIME_INTERVAL_MS = 1000;

const GROUPS = ['2xx', '3xx', '4xx', '5xx', 'xxx'] as const;
/** Told even while they stand still. */
const ALWAYS: Readonly<Record<string, CounterName>> = {
  bad_gateways: 'bad_gateways',
  backend_exhausted_conns: 'backend_exhausted_conns',
  backend_invalid_id: 'backend_invalid_id',
  backend_invalid_tls_cert: 'backend_invalid_tls_cert',
  backend_tls_handshake_failed: 'backend_tls_handshake_failed',
  rejected_requests: 'rejected_requests',
  total_requests: 'backend_attempts',
  websocket_failures: 'websocket_failures',
  websocket_upgrades: 'websocket_upgrades',
};
/** Components whose requests are those of applications; from the days of Droplet Execution Agents. */
const APPLICATIONS = 'dea-';

export type EnvelopeSources = Pick<
  MetricSources,
  'table' | 'tally' | 'count' | 'meters' | 'messagesDropped' | 'routingApi'
>;

/** `enable_envelope_v1_metrics`: counters and gauges for Loggregator, every five seconds. */
export class EnvelopeMetrics {
  readonly #metron: Metron;
  readonly #sources: EnvelopeSources;
  readonly #memory = Buffer.allocUnsafeSlow(LONGEST_DATAGRAM);
  readonly #writer = new BackwardWriter(this.#memory);
  readonly #envelopes = new Envelopes(this.#writer);
  readonly #timers: readonly NodeJS.Timeout[];
  readonly #told = new Map<string, number>();

  constructor(metron: Metron, sources: EnvelopeSources) {
    this.#metron = metron;
    this.#sources = sources;
    this.#timers = [
      every(INTERVAL_MS, ONE_ROUND, () => inBackground(ONE_ROUND, this.tell())).unref(),
      every(UPTIME_INTERVAL_MS, ONE_ROUND, () =>
        this.#value('uptime', Math.floor(process.uptime()), 'seconds'),
      ).unref(),
    ];
  }

  async tell(): Promise<void> {
    // What is counted meanwhile is told once somebody listens.
    if (!this.#metron.listens) return;
    const { table, tally, count, messagesDropped, routingApi } = this.#sources;
    for (const [name, counter] of Object.entries(ALWAYS)) this.#counter(name, count(counter), true);
    this.#counter('empty_content_length_header', count('empty_content_length_header'), false);
    this.#groups('responses', 'responses', true);
    this.#groups('responses.route_services', 'route_services', false);
    this.#counter('routes_registered', tally.routesRegistered, false);
    this.#counter('routes_unregistered', tally.routesUnregistered, false);
    this.#counter('routes_pruned', tally.routesPruned, true);
    this.#requests();
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
    // Messages from NATS are handled in the turn they arrive in.
    this.#value('buffered_messages', 0, 'message');
    this.#value('total_dropped_messages', messagesDropped(), 'message');
    const descriptors = await readdir('/proc/self/fd').catch(() => []);
    this.#value('file_descriptors', descriptors.length, 'file');
  }

  /** An endpoint is in the table so many milliseconds after it became valid. */
  registered(milliseconds: number): void {
    this.#value('route_registration_latency', milliseconds, 'ms');
  }

  close(): void {
    for (const timer of this.#timers) clearInterval(timer);
    this.#metron.close();
  }

  #groups(name: string, counters: 'responses' | 'route_services', always: boolean): void {
    let sum = 0;
    for (const group of GROUPS) {
      const counted = this.#sources.count(`${counters}_${group}`);
      sum += counted;
      this.#counter(`${name}.${group}`, counted, always);
    }
    this.#counter(name, sum, always);
  }

  /** Attempts, by what they were sent to. */
  #requests(): void {
    let routed = 0;
    for (const { component, attempts } of this.#sources.meters.components()) {
      if (component.startsWith(APPLICATIONS)) routed += attempts;
      if (component !== '') this.#counter(`requests.${component}`, attempts, false);
    }
    this.#counter('routed_app_requests', routed, true);
  }

  #counter(name: string, total: number, always: boolean): void {
    const delta = total - (this.#told.get(name) ?? 0);
    if (delta === 0 && !always) return;
    this.#told.set(name, total);
    if (this.#envelopes.counterEvent(name, delta, total, Date.now())) this.#send();
  }

  #value(name: string, value: number, unit: string): void {
    if (this.#envelopes.valueMetric(name, value, unit, Date.now())) this.#send();
  }

  /** There are a few dozen every five seconds: each has memory of its own. */
  #send(): void {
    this.#metron.send(Buffer.from(this.#writer.message()));
    this.#writer.turnTo(this.#memory);
  }
}
