import { Counter, Registry as Exposition, Gauge } from 'prom-client';
import type { BusState } from '../bus/bus.ts';
import type { HashedRoute } from '../registry/registry.ts';
import type { RegistryTally } from '../registry/registry-counters.ts';
import type { CounterName } from '../telemetry/counters.ts';
import type { MeterReadings } from '../telemetry/meter-readings.ts';
import { exposeHistogram } from './histogram-metric.ts';
import { exposeProcess } from './process-metrics.ts';
import { exposeRequests } from './request-metrics.ts';
import { exposeRoutingApi, type RoutingApiErrors } from './routing-api-metrics.ts';
import { exposeThreads } from './thread-metrics.ts';

/** Read when the metrics are asked for, never before. */
export interface MetricSources {
  readonly table: {
    readonly poolCount: number;
    millisecondsSinceUpdate(): number;
    hashedRoutes(): readonly HashedRoute[];
  };
  readonly tally: RegistryTally;
  /** A row of `telemetry/histogram.ts`. */
  readonly registrationLatency: { readonly buckets: readonly number[]; readonly cells: Float64Array };
  busState(): BusState;
  /** Null without a routing API. */
  routingApi(): RoutingApiErrors | null;
  /** From NATS, since the start. */
  messagesDropped(): number;
  /** The sum over all proxy threads. */
  readonly count: (name: CounterName) => number;
  readonly meters: MeterReadings;
  /** Client connections by proxy thread; `null`: there is none of that number. */
  threadConnections(): readonly (number | null)[];
}

const NO_ERRORS: RoutingApiErrors = { tokenFetch: 0, subscribeEvents: 0 };

const STATUS_GROUPS = ['2xx', '3xx', '4xx', '5xx', 'xxx'] as const;

const SPAN_OUTCOMES = ['exported', 'dropped', 'refused'] as const;

const ODDITIES = [
  'bare_line_end',
  'folded_line',
  'length_and_encoding',
  'many_content_lengths',
  'unassigned_status',
] as const;

const HTTP2_REFUSALS = [
  'continuations',
  'heads',
  'late_frames',
  'malformed',
  'memory',
  'pings',
  'priorities',
  'protocol',
  'resets',
  'settings',
  'silence',
  'small_data',
  'unknown_frames',
  'window_updates',
] as const;

type Sample = readonly [labels: Readonly<Record<string, string>>, value: number];

/** gorouter's metrics by their names (docs/compatibility.md §6.5), and ours with the prefix `cellgate_`. */
export class Metrics {
  readonly #exposition = new Exposition();
  #failed = 0;

  constructor(sources: MetricSources) {
    this.#exposeTable(sources);
    const { buckets, cells } = sources.registrationLatency;
    exposeHistogram(
      this.#exposition,
      'route_registration_latency',
      'From the moment an endpoint was valid to its entry in the table, milliseconds',
      buckets,
      () => [{ labels: {}, cells }],
    );
    exposeRequests(this.#exposition, sources.meters);
    exposeThreads(this.#exposition, sources.count);
    exposeRoutingApi(this.#exposition, () => sources.routingApi() ?? NO_ERRORS);
    this.#exposeTraffic(sources.count);
    this.#gauges('cellgate_thread_connections', 'Client connections of a proxy thread', ['thread'], () =>
      sources
        .threadConnections()
        .flatMap((value, thread): Sample[] => (value === null ? [] : [[{ thread: String(thread) }, value]])),
    );
    // Messages are handled in the turn they arrive in.
    this.#gauge('buffered_messages', 'Messages from NATS not handled yet', () => 0);
    this.#gauge('total_dropped_messages', 'Messages from NATS thrown away', () => sources.messagesDropped());
    this.#counters(
      'cellgate_otel_spans_total',
      'Spans of OpenTelemetry, by what became of them',
      ['outcome'],
      () => SPAN_OUTCOMES.map((outcome): Sample => [{ outcome }, sources.count(`spans_${outcome}`)]),
    );
    this.#counters('promhttp_metric_handler_errors_total', 'Scrapes that failed', ['cause'], () => [
      [{ cause: 'gathering' }, this.#failed],
    ]);
    this.#gauge('cellgate_bus_connected', '1 while NATS is connected', () =>
      sources.busState() === 'connected' ? 1 : 0,
    );
  }

  /** For metrics of parts that not every router has. */
  get registry(): Exposition {
    return this.#exposition;
  }

  get contentType(): string {
    return this.#exposition.contentType;
  }

  exposeProcess(): void {
    exposeProcess(this.#exposition);
  }

  /** The text format of Prometheus. */
  async exposition(): Promise<string> {
    try {
      return await this.#exposition.metrics();
    } catch (error) {
      this.#failed++;
      throw error;
    }
  }

  #exposeTable({ table, tally }: MetricSources): void {
    this.#counters('registry_message', 'Routes in register messages', ['component', 'action'], () =>
      [...tally.components].flatMap(([component, { added, updated, refreshed, unmodified }]): Sample[] => [
        [{ component, action: 'added' }, added],
        [{ component, action: 'updated' }, updated],
        [{ component, action: 'refreshed' }, refreshed],
        [{ component, action: 'unmodified' }, unmodified],
      ]),
    );
    this.#counters('unregistry_message', 'Routes in unregister messages', ['component'], () =>
      [...tally.components].map(([component, { unregistered }]): Sample => [{ component }, unregistered]),
    );
    this.#counter('routes_registered', 'Routes that were new', () => tally.routesRegistered);
    this.#counter(
      'routes_unregistered',
      'Routes that went with their last endpoint',
      () => tally.routesUnregistered,
    );
    this.#counter('routes_pruned', 'Endpoints whose heartbeats stopped', () => tally.routesPruned);
    this.#gauge('total_routes', 'Route pools in the table', () => table.poolCount);
    // Of these alone, or there would be as many rows as routes.
    this.#gauges('endpoints_per_pool', 'Endpoints of a route', ['route', 'lb_algorithm'], () =>
      table
        .hashedRoutes()
        .filter(({ endpoints }) => endpoints > 0)
        .map(({ route, endpoints }): Sample => [{ route, lb_algorithm: 'hash' }, endpoints]),
    );
    this.#gauge('ms_since_last_registry_update', 'Since the last registration, -1 before it', () =>
      table.millisecondsSinceUpdate(),
    );
    this.#counter(
      'cellgate_bad_registry_messages_total',
      'Messages refused as a whole or in part',
      () => tally.badMessages,
    );
    this.#counter(
      'cellgate_registrations_refused_total',
      'Registrations for which the table had no room',
      () => tally.registrationsRefused,
    );
  }

  #exposeTraffic(count: MetricSources['count']): void {
    const counter = (name: string, help: string, source: CounterName) =>
      this.#counter(name, help, () => count(source));
    counter('rejected_requests', 'Requests the router answered with 400 or 404', 'rejected_requests');
    counter('bad_gateways', 'Answers 502 made by the router', 'bad_gateways');
    counter(
      'backend_exhausted_conns',
      'Requests refused because every endpoint was at `backends.max_conns`',
      'backend_exhausted_conns',
    );
    counter('backend_invalid_id', 'Answers 503: the backend is another instance', 'backend_invalid_id');
    counter(
      'backend_invalid_tls_cert',
      'Answers 526: the certificate of the backend is not to be trusted',
      'backend_invalid_tls_cert',
    );
    counter(
      'backend_tls_handshake_failed',
      'Answers 525 and 496: no TLS with the backend',
      'backend_tls_handshake_failed',
    );
    counter(
      'empty_content_length_header',
      'Requests refused for a Content-Length with nothing in it',
      'empty_content_length_header',
    );
    counter('websocket_upgrades', 'Requests for WebSocket that a backend answered', 'websocket_upgrades');
    counter('websocket_failures', 'Requests for WebSocket that none answered', 'websocket_failures');
    this.#counters('responses', 'Answers to requests that had a backend', ['status_group'], () =>
      STATUS_GROUPS.map((group): Sample => [{ status_group: group }, count(`responses_${group}`)]),
    );
    this.#counters(
      'responses_route_services',
      'Answers to requests that went to a route service',
      ['status_group'],
      () => STATUS_GROUPS.map((group): Sample => [{ status_group: group }, count(`route_services_${group}`)]),
    );
    counter('cellgate_requests_total', 'Requests received', 'requests');
    counter('cellgate_refused_messages_total', 'Requests that were not valid HTTP', 'refused_messages');
    this.#counters(
      'cellgate_tolerated_responses_total',
      'Responses of applications that are passed on though they are not valid HTTP',
      ['oddity'],
      () => ODDITIES.map((oddity): Sample => [{ oddity }, count(`oddities_${oddity}`)]),
    );
    this.#counters(
      'cellgate_http2_refusals_total',
      'Streams of HTTP/2 that were malformed, and connections that were ended, by what was wrong or too much',
      ['reason'],
      () => HTTP2_REFUSALS.map((reason): Sample => [{ reason }, count(`http2_${reason}`)]),
    );
    counter('cellgate_tls_handshakes_total', 'TLS handshakes with clients', 'tls_handshakes');
    counter(
      'cellgate_tls_handshakes_failed_total',
      'TLS handshakes with clients that failed, or whose certificate was refused',
      'tls_handshakes_failed',
    );
    counter(
      'cellgate_tls_handshakes_resumed_total',
      'TLS handshakes with clients that went on with a session of before',
      'tls_handshakes_resumed',
    );
    counter(
      'cellgate_proxy_headers_refused_total',
      'Connections cut for want of a right PROXY header',
      'proxy_headers_refused',
    );
    counter(
      'cellgate_debug_tokens_refused_total',
      'Requests with a debug token that does not hold',
      'debug_tokens_refused',
    );
    counter('cellgate_connections_turned_away_total', 'Client connections over a limit', 'turned_away');
    counter('cellgate_upstream_retries_total', 'Attempts after the first of a request', 'retries');
    counter(
      'cellgate_envelopes_dropped_total',
      'Messages Loggregator could not be sent',
      'envelopes_dropped',
    );
    counter('cellgate_access_log_lines_dropped_total', 'Lines the log could not take', 'access_log_dropped');
    this.#gauge(
      'cellgate_open_downstream_connections',
      'Connections from clients',
      () => count('downstream_opened') - count('downstream_closed'),
    );
    this.#gauge(
      'cellgate_open_upstream_connections',
      'Connections to backends',
      () => count('upstream_opened') - count('upstream_closed'),
    );
  }

  #gauge(name: string, help: string, read: () => number): void {
    this.#gauges(name, help, [], () => [[{}, read()]]);
  }

  #gauges(name: string, help: string, labelNames: string[], read: () => readonly Sample[]): void {
    const registers = [this.#exposition];
    new Gauge({
      name,
      help,
      labelNames,
      registers,
      collect() {
        this.reset();
        for (const [labels, value] of read()) this.set(labels, value);
      },
    });
  }

  #counter(name: string, help: string, read: () => number): void {
    this.#counters(name, help, [], () => [[{}, read()]]);
  }

  #counters(name: string, help: string, labelNames: string[], read: () => readonly Sample[]): void {
    const registers = [this.#exposition];
    new Counter({
      name,
      help,
      labelNames,
      registers,
      collect() {
        this.reset();
        for (const [labels, value] of read()) this.inc(labels, value);
      },
    });
  }
}
