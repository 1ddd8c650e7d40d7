import { randomUUID } from 'node:crypto';
import { inBackground } from '../boundary/boundary.ts';
import { ONE_ROUND } from '../boundary/owner.ts';
import type { Config } from '../config/schema.ts';
import type { TcpRouterFile } from '../config/tcp-router.ts';
import { RegistryTally } from '../registry/registry-counters.ts';
import { Health } from '../status/health.ts';
import type { ComponentLogOptions, RootLog } from '../telemetry/component-log.ts';
import { total } from '../telemetry/counters.ts';
import { drain } from './drain.ts';
import { BusPart } from './parts/bus.ts';
import { HealthPart } from './parts/health.ts';
import { LastNetPart } from './parts/last-net.ts';
import type { Part } from './parts/part.ts';
import { Parts } from './parts/parts.ts';
import { createPauseDetector, PruningPart } from './parts/pruning.ts';
import { routerStartMessage } from './parts/router-bus.ts';
import { RoutingApiPart } from './parts/routing-api.ts';
import { SnapshotPart } from './parts/snapshot.ts';
import { startFailure } from './parts/start-failure.ts';
import { SubscriptionPart } from './parts/subscription.ts';
import { TcpPart } from './parts/tcp.ts';
import { TcpStatusPart } from './parts/tcp-status.ts';
import { createTcpRoutes } from './parts/tcp-table.ts';
import { ThreadsPart } from './parts/threads.ts';
import { httpSettings } from './settings/http-settings.ts';
import { meterSettings } from './settings/meter-settings.ts';
import { checkTcpTls, tcpSettings } from './settings/tcp-settings.ts';
import { ProxyThreads } from './threads/proxy-threads.ts';
import { SharedMemory } from './threads/shared-memory.ts';

export interface TcpRouterOptions {
  readonly file: TcpRouterFile;
  /** The same, and the flags, in the words of gorouter.yml. */
  readonly config: Config;
  /** `-routingGroupCheckExit` */
  readonly exitOnPortConflict: boolean;
  readonly log: RootLog;
  readonly logOptions: ComponentLogOptions;
}

/** What the bus says of HTTP goes nowhere. */
const NO_HTTP_ROUTES = {
  digestOf: () => '',
  refresh: () => false,
  register() {},
  unregister() {},
};
const NO_ERRORS = { tokenFetch: 0, subscribeEvents: 0 };

/** A router for TCP alone, in the place of cf-tcp-router and its HAProxy (docs/compatibility.md §7). */
export class TcpRouter {
  readonly failed: Promise<string>;
  readonly #options: TcpRouterOptions;
  readonly #health: Health;
  readonly #threads: ProxyThreads;
  readonly #snapshot: SnapshotPart;
  readonly #lastNet: LastNetPart;
  readonly #parts: Parts;

  /** Resolves when it has the routes that there are. After an error nothing is left running. @throws {StartError} */
  static async start(options: TcpRouterOptions): Promise<TcpRouter> {
    const router = new TcpRouter(options);
    try {
      await router.#parts.start();
    } catch (error) {
      await router.stop();
      throw startFailure(error, 'start-failed');
    }
    return router;
  }

  private constructor(options: TcpRouterOptions) {
    const { config, log, logOptions } = options;
    this.#options = options;
    const settings = tcpSettings(config);
    if (settings !== null) checkTcpTls(settings);
    const meters = meterSettings(config);
    const memory = new SharedMemory(config.cellgate.proxy_threads, meters);
    const health = new Health((healthy) => {
      memory.health.isHealthy = healthy;
    });
    const pause = createPauseDetector();
    const tcp = createTcpRoutes(config, memory, pause, log, (batch) => {
      this.#threads.feedTcp(batch);
      this.#snapshot.changed();
    });
    this.#health = health;
    health.remarks = () => tcp.remarks();
    this.#threads = new ProxyThreads({
      count: config.cellgate.proxy_threads,
      data: {
        // It has no requests to name it in.
        router: '',
        settings: httpSettings(config),
        meters,
        tcp: settings,
        // It has no ports for HTTP.
        listeningSockets: 1,
        accessLogFile: '',
        syslog: null,
        loggregator: null,
        log: logOptions,
        orders: [],
        taps: [],
      },
      tcp,
      memory,
      routes: { follow: async () => {}, leave() {} },
      onEndpointFailed: () => {},
      onSyslog: () => {},
      onTapped: () => {},
      onSpans: () => {},
      arms: null,
      log: log.child('router'),
    });
    this.#lastNet = new LastNetPart(memory.counters, log);
    const { promise: failed, resolve: fail } = Promise.withResolvers<string>();
    this.failed = failed;
    const onClosed = () => fail('the connection to NATS is closed for good');
    const snapshot = new SnapshotPart({
      config,
      registry: null,
      tcp,
      bus: () => ({ connected: bus.isConnected, lostAt: null }),
      decisions: () => null,
      log: log.child('snapshot'),
    });
    this.#snapshot = snapshot;
    const servers = () => config.nats.hosts;
    const bus = new BusPart({ config, servers, former: snapshot, onClosed, log });
    bus.onChange((connected) => {
      tcp.busIs(connected);
      // By this the next process knows whether time without this one counts.
      snapshot.changed();
    });
    const routeExpiry = Math.floor(config.droplet_stale_threshold / 1000);
    const api = new RoutingApiPart(
      { config, registry: null, tcp, routeExpiry, former: snapshot, log },
      'failed-connecting-to-uaa',
    );
    const status = new TcpStatusPart(options.file.cellgate.status, {
      health,
      tcp,
      routingApi: () => api.errors ?? NO_ERRORS,
      count: (name) => total(memory.buffers.counters, name),
    });
    this.#parts = new Parts(
      [
        this.#lastNet,
        new ThreadsPart(this.#threads),
        { name: 'shard', start: () => this.#logShard() },
        status,
        snapshot,
        api,
        { name: 'ports', start: () => this.#checkPorts(api) },
        this.#serving(),
        new TcpPart(tcp),
        { name: 'tcp ports', start: () => tcp.ports.begin() },
        bus,
        { name: 'sources', start: () => api.insist() },
        new SubscriptionPart(bus, {
          routes: NO_HTTP_ROUTES,
          tcpRoutes: tcp,
          startMessage: routerStartMessage(config, randomUUID()),
          http2: false,
          log: log.child('subscriber'),
          counters: new RegistryTally(),
        }),
        { name: 'tcp routes', start: () => this.#follow(api) },
        new PruningPart({ config, pause, bus, registry: null, tcp, log }),
        new HealthPart(health),
        { name: 'started', start: () => log.info('started', { ...status.ports }) },
      ],
      log,
    );
  }

  /** From now on what nobody catches in this process is written down and counted, and it goes on. */
  outlive(): void {
    this.#lastNet.catchTheRest();
  }

  /** Fails health checks for `drain_wait`, then lets connections go on for `cellgate.drain_timeout` at most. */
  drain(): Promise<void> {
    const { config, log } = this.#options;
    // Whoever is killed in its drain leaves what it knew when it was told to go.
    inBackground(ONE_ROUND, this.#snapshot.writeNow());
    return drain({ config, health: this.#health, threads: this.#threads, log, name: 'tcp-router' });
  }

  stop(): Promise<void> {
    return this.#parts.stop();
  }

  #logShard(): void {
    const { isolation_segments, routing_table_sharding_mode } = this.#options.config;
    if (isolation_segments.length === 0) return;
    this.#options.log.info('retrieved-isolation-segments', {
      // As text, like cf-tcp-router.
      isolation_segments: `[${isolation_segments.join(',')}]`,
      routing_table_sharding_mode,
    });
  }

  async #checkPorts(api: RoutingApiPart): Promise<void> {
    const { file, exitOnPortConflict } = this.#options;
    const checked = api.routes?.checkPorts(file.reserved_system_component_ports, exitOnPortConflict);
    if (exitOnPortConflict) await checked;
    else await this.#unlessServing(checked);
  }

  async #follow(api: RoutingApiPart): Promise<void> {
    await this.#unlessServing(api.routes?.followTcp());
  }

  /** Nobody who can be served waits for what the routing API says. */
  async #unlessServing(asked: Promise<void> | undefined): Promise<void> {
    if (asked === undefined) return;
    if (this.#snapshot.serves) inBackground(ONE_ROUND, asked);
    else await asked;
  }

  /** With it the threads end: before the status pages, which say that there are none. */
  #serving(): Part {
    return {
      name: 'serving',
      start: () => this.#threads.serve(),
      stop: () => this.#threads.stop(),
    };
  }
}
