import type { Config } from '../../config/schema.ts';
import { type AppReading, exposeApps } from '../../status/app-metrics.ts';
import { startComponentServer } from '../../status/component-server.ts';
import type { Health } from '../../status/health.ts';
import { startHealthServer, startTlsHealthServer } from '../../status/health-server.ts';
import { exposeLatency } from '../../status/latency-metric.ts';
import type { StatusListener } from '../../status/listen.ts';
import { type MetricSources, Metrics } from '../../status/metrics.ts';
import { startMetricsServer } from '../../status/metrics-server.ts';
import { exposeRouter, type RouterSource } from '../../status/router-metrics.ts';
import type { RoutesSource } from '../../status/routes-page.ts';
import { startRoutesServer } from '../../status/routes-server.ts';
import { type ArmReading, exposeSplits } from '../../status/split-metrics.ts';
import { exposeTableState, type TableStateSource } from '../../status/table-metrics.ts';
import { exposeTcp, type TcpMetricSources } from '../../status/tcp-metrics.ts';
import { Metron } from '../../telemetry/metron.ts';
import { goListenHost, listenHost } from '../settings/listen-host.ts';
import { metronAddress } from '../settings/metron-settings.ts';
import { healthTls, scrapeTls } from '../settings/status-tls.ts';
import type { Addresses } from './addresses.ts';
import type { Component } from './component.ts';
import { EnvelopeMetrics } from './envelope-metrics.ts';
import type { Part } from './part.ts';

export interface StatusSources {
  readonly health: Health;
  readonly metrics: MetricSources;
  readonly table: TableStateSource;
  /** How long answers took, over all threads: `latency/cells.ts`. */
  latency(): ArrayLike<number>;
  /** Of some applications. */
  apps(): Promise<readonly AppReading[]>;
  readonly router: RouterSource;
  /** Of routes that have a split. */
  splits(): readonly ArmReading[];
  readonly routes: RoutesSource;
  /** `null`: nobody is to collect `/varz`. */
  readonly component: Component | null;
  /** Null without a TCP router. */
  readonly tcp: (TcpMetricSources & { json(): object }) | null;
}

type StatusPorts = Pick<Addresses, 'health' | 'tlsHealth' | 'metrics' | 'routes'>;

/** The listeners for operators and load balancers, as far as they are configured. */
export class StatusPart implements Part {
  readonly name = 'status';
  readonly #config: Config;
  readonly #sources: () => StatusSources;
  #ports: StatusPorts = { health: null, tlsHealth: null, metrics: null, routes: 0 };
  readonly #open: StatusListener[] = [];
  #envelopes: EnvelopeMetrics | null = null;

  constructor(config: Config, sources: () => StatusSources) {
    this.#config = config;
    this.#sources = sources;
  }

  /** Those that are open. */
  get ports(): StatusPorts {
    return this.#ports;
  }

  /** On an error those already open stay so until `stop`. @throws {ListenError} */
  async start(): Promise<void> {
    const config = this.#config;
    const sources = this.#sources();
    const { status, prometheus } = config;
    const { health, routes, component, tcp } = sources;
    const tcpRoutes = tcp === null ? null : () => tcp.json();
    const credentials = { user: status.user, pass: status.pass };
    const metrics = new Metrics(sources.metrics);
    metrics.exposeProcess();
    exposeTableState(metrics.registry, sources.table);
    exposeLatency(metrics.registry, () => sources.latency());
    exposeApps(metrics.registry, () => sources.apps());
    exposeRouter(metrics.registry, sources.router);
    exposeSplits(metrics.registry, () => sources.splits());
    if (sources.tcp !== null) exposeTcp(metrics.registry, sources.tcp);
    if (config.enable_envelope_v1_metrics) {
      this.#envelopes = new EnvelopeMetrics(
        new Metron(metronAddress(config), { onDropped() {} }),
        sources.metrics,
      );
    }
    const add = async (starting: Promise<StatusListener>): Promise<number> => {
      const listener = await starting;
      this.#open.push(listener);
      return listener.port;
    };
    const address = { host: goListenHost(status.host), port: status.port, setting: 'status.port' };
    const healthAddress = { ...address, health, metrics, credentials };
    const startHealth = (): Promise<StatusListener> =>
      component === null
        ? startHealthServer(healthAddress)
        : startComponentServer({ ...healthAddress, routes, varz: () => component.describe() });
    this.#ports = {
      routes: await add(
        startRoutesServer({
          port: status.routes.port,
          credentials,
          source: routes,
          tcpRoutes,
          setting: 'status.routes.port',
        }),
      ),
      metrics: prometheus.enabled
        ? await add(startMetricsServer(prometheus.port, metrics, scrapeTls(config)))
        : null,
      tlsHealth:
        status.tls.certificate === ''
          ? null
          : await add(
              startTlsHealthServer({
                host: listenHost('::'),
                port: status.tls.port,
                health,
                tls: healthTls(config),
                setting: 'status.tls.port',
              }),
            ),
      health: status.enable_nontls_health_checks ? await add(startHealth()) : null,
    };
    if (this.#ports.health !== null) component?.listensOn(this.#ports.health);
  }

  /** An endpoint is in the table so many milliseconds after it became valid. */
  noteRegistration(milliseconds: number): void {
    this.#envelopes?.registered(milliseconds);
  }

  async stop(): Promise<void> {
    this.#envelopes?.close();
    await Promise.all(this.#open.map((listener) => listener.close()));
  }
}
