import { randomUUID } from 'node:crypto';
import { BusTlsInvalid } from '../bus/bus-tls.ts';
import type { BusClient } from '../bus/client.ts';
import { BusUnreachable } from '../bus/connect-bus.ts';
import { subscribeRoutes } from '../bus/subscriber.ts';
import type { Config } from '../config/schema.ts';
import type { TcpRouterFile } from '../config/tcp-router.ts';
import { RegistryTally } from '../registry/registry-counters.ts';
import { Health } from '../status/health.ts';
import { ListenError, type StatusListener } from '../status/listen.ts';
import type { ComponentLogOptions, RootLog } from '../telemetry/component-log.ts';
import { type CounterName, total } from '../telemetry/counters.ts';
import { drain } from './drain.ts';
import { connectRouterBus, routerStartMessage } from './router-bus.ts';
import { RoutingApiRoutes } from './routing-api-routes.ts';
import { httpSettings } from './settings/http-settings.ts';
import { meterSettings } from './settings/meter-settings.ts';
import { StartError } from './settings/start-error.ts';
import { checkTcpTls, tcpSettings } from './settings/tcp-settings.ts';
import { TcpRoutes } from './tcp/tcp-routes.ts';
import { startTcpStatus, type TcpAddresses } from './tcp-status.ts';
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

/** A router for TCP alone, in the place of cf-tcp-router and its HAProxy (gorouter.md §7). */
export class TcpRouter {
  readonly failed: Promise<string>;
  readonly #fail: (reason: string) => void;
  readonly #options: TcpRouterOptions;
  readonly #health: Health;
  readonly #tcp: TcpRoutes;
  readonly #threads: ProxyThreads;
  readonly #memory: SharedMemory;
  readonly #open: StatusListener[] = [];
  #bus: BusClient | null = null;
  #routingApi: RoutingApiRoutes | null = null;
  #pruning: NodeJS.Timeout | undefined;

  /** Resolves when it has the routes that there are. After an error nothing is left running. @throws {StartError} */
  static async start(options: TcpRouterOptions): Promise<TcpRouter> {
    const router = new TcpRouter(options);
    try {
      await router.#start();
      return router;
    } catch (error) {
      await router.stop();
      if (error instanceof BusUnreachable) throw new StartError(error.message, 'nats-connection-error');
      if (error instanceof BusTlsInvalid) throw new StartError(error.message, 'nats-tls-config-invalid');
      if (error instanceof ListenError) throw new StartError(error.message, 'start-failed');
      throw error;
    }
  }

  private constructor(options: TcpRouterOptions) {
    const { config, log, logOptions } = options;
    const { promise, resolve } = Promise.withResolvers<string>();
    this.failed = promise;
    this.#fail = resolve;
    this.#options = options;
    const settings = tcpSettings(config);
    if (settings !== null) checkTcpTls(settings);
    const meters = meterSettings(config);
    const memory = new SharedMemory(config.cellgate.proxy_threads, meters);
    this.#memory = memory;
    this.#health = new Health((healthy) => {
      memory.health.isHealthy = healthy;
    });
    this.#tcp = new TcpRoutes({
      config,
      slots: {
        take: () => memory.seats.take(),
        free: (seat) => void memory.seats.end(seat),
        inFlight: (seat) => memory.endpoints.inFlight(seat),
      },
      log: log.child('tcp'),
      send: (ports) => this.#threads.feedTcp(ports),
    });
    this.#threads = new ProxyThreads({
      count: config.cellgate.proxy_threads,
      data: {
        settings: httpSettings(config),
        meters,
        tcp: settings,
        accessLogFile: '',
        syslog: null,
        loggregator: null,
        log: logOptions,
      },
      tcp: this.#tcp,
      memory,
      routes: { follow: async () => {}, leave() {} },
      onEndpointFailed: () => {},
      log: log.child('router'),
    });
  }

  /** Fails health checks for `drain_wait`, then lets connections go on for `cellgate.drain_timeout` at most. */
  drain(): Promise<void> {
    const { config, log } = this.#options;
    return drain({ config, health: this.#health, threads: this.#threads, log, name: 'tcp-router' });
  }

  async stop(): Promise<void> {
    this.#health.become('degraded');
    clearInterval(this.#pruning);
    this.#routingApi?.stop();
    this.#tcp.ports.stop();
    await this.#threads.stop();
    await this.#bus?.close();
    await Promise.all(this.#open.map((listener) => listener.close()));
  }

  /** In cf-tcp-router's order (gorouter.md §7.2). */
  async #start(): Promise<void> {
    const { file, config, log } = this.#options;
    const { isolation_segments } = config;
    if (isolation_segments.length > 0) log.info('retrieved-isolation-segments', { isolation_segments });
    const addresses = await this.#startStatus();
    this.#routingApi = RoutingApiRoutes.from({
      config,
      registry: null,
      tcp: this.#tcp,
      routeExpiry: Math.floor(config.droplet_stale_threshold / 1000),
      log,
    });
    await this.#routingApi?.connect('failed-connecting-to-uaa');
    await this.#routingApi?.checkPorts(
      file.reserved_system_component_ports,
      this.#options.exitOnPortConflict,
    );
    this.#threads.serve();
    this.#tcp.start();
    if (config.nats.hosts.length > 0) await this.#subscribe();
    await this.#routingApi?.followTcp();
    this.#startPruning();
    this.#health.become('healthy');
    log.info('started', { ...addresses });
  }

  #startStatus(): Promise<TcpAddresses> {
    const sources = {
      health: this.#health,
      tcp: this.#tcp,
      routingApi: () => this.#routingApi?.errors ?? NO_ERRORS,
      count: (name: CounterName) => total(this.#memory.buffers.counters, name),
    };
    return startTcpStatus(this.#options.file.cellgate.status, sources, this.#open);
  }

  async #subscribe(): Promise<void> {
    const { config, log } = this.#options;
    this.#bus = await connectRouterBus({
      config,
      servers: config.nats.hosts,
      log,
      onClosed: () => this.#fail('the connection to NATS is closed for good'),
    });
    await subscribeRoutes({
      bus: this.#bus,
      routes: NO_HTTP_ROUTES,
      tcpRoutes: this.#tcp,
      startMessage: routerStartMessage(config, randomUUID()),
      http2: false,
      log: log.child('subscriber'),
      counters: new RegistryTally(),
    });
  }

  #startPruning(): void {
    const { prune_stale_droplets_interval, suspend_pruning_if_nats_unavailable } = this.#options.config;
    this.#pruning = setInterval(() => {
      const isAway = suspend_pruning_if_nats_unavailable && this.#bus?.state !== 'connected';
      this.#tcp.prune((owner) => owner === 'bus' && isAway);
    }, prune_stale_droplets_interval);
  }
}
