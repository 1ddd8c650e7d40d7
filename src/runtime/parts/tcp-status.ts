import type { TcpRouterFile } from '../../config/tcp-router.ts';
import type { Health } from '../../status/health.ts';
import { startHealthServer, startTlsHealthServer } from '../../status/health-server.ts';
import type { StatusListener } from '../../status/listen.ts';
import { startRoutesServer } from '../../status/routes-server.ts';
import type { RoutingApiErrors } from '../../status/routing-api-metrics.ts';
import type { TcpMetricSources } from '../../status/tcp-metrics.ts';
import { TcpOnlyMetrics } from '../../status/tcp-only-metrics.ts';
import type { CounterName } from '../../telemetry/counters.ts';
import { goListenHost, listenHost } from '../settings/listen-host.ts';
import type { Part } from './part.ts';

export interface TcpStatusSources {
  readonly health: Health;
  readonly tcp: TcpMetricSources & { json(): object };
  routingApi(): RoutingApiErrors;
  readonly count: (name: CounterName) => number;
}

/** The ports of a router for TCP alone that are for operators and load balancers; `null` is not open. */
export interface TcpAddresses {
  readonly health: number | null;
  readonly tlsHealth: number | null;
  readonly routes: number | null;
}

/** They are open as far as `cellgate.status` has them. */
export class TcpStatusPart implements Part {
  readonly name = 'status';
  readonly #status: TcpRouterFile['cellgate']['status'];
  readonly #sources: TcpStatusSources;
  readonly #open: StatusListener[] = [];
  #ports: TcpAddresses = { health: null, tlsHealth: null, routes: null };

  constructor(status: TcpRouterFile['cellgate']['status'], sources: TcpStatusSources) {
    this.#status = status;
    this.#sources = sources;
  }

  get ports(): TcpAddresses {
    return this.#ports;
  }

  /** @throws {ListenError} */
  async start(): Promise<void> {
    const { routes, tls, port } = this.#status;
    this.#ports = {
      routes: routes.port === undefined ? null : await this.#startRoutes(routes.port),
      tlsHealth: tls.port === undefined ? null : await this.#startTlsHealth(tls.port),
      health: port === undefined ? null : await this.#startHealth(port),
    };
  }

  async stop(): Promise<void> {
    await Promise.all(this.#open.map((listener) => listener.close()));
  }

  #startRoutes(port: number): Promise<number> {
    return this.#add(
      startRoutesServer({
        port,
        credentials: this.#credentials,
        source: null,
        tcpRoutes: () => this.#sources.tcp.json(),
        setting: 'cellgate.status.routes.port',
      }),
    );
  }

  #startTlsHealth(port: number): Promise<number> {
    const { certificate: cert, key } = this.#status.tls;
    return this.#add(
      startTlsHealthServer({
        host: listenHost('::'),
        port,
        health: this.#sources.health,
        tls: { cert, key, minVersion: 'TLSv1.2' },
        setting: 'cellgate.status.tls.port',
      }),
    );
  }

  #startHealth(port: number): Promise<number> {
    const { health, tcp, routingApi, count } = this.#sources;
    return this.#add(
      startHealthServer({
        host: goListenHost(this.#status.host),
        port,
        health,
        metrics: new TcpOnlyMetrics(tcp, routingApi, count),
        credentials: this.#credentials,
        setting: 'cellgate.status.port',
      }),
    );
  }

  get #credentials() {
    const { user, pass } = this.#status;
    return { user, pass };
  }

  async #add(starting: Promise<StatusListener>): Promise<number> {
    const listener = await starting;
    this.#open.push(listener);
    return listener.port;
  }
}
