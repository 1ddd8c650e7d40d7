import { randomUUID } from 'node:crypto';
import { networkInterfaces } from 'node:os';
import { performance } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import type { BusClient } from '../bus/client.ts';
import { type BusServer, BusUnreachable, connectBus } from '../bus/connect-bus.ts';
import { EmbeddedBus } from '../bus/embedded/server.ts';
import { localAddress, startMessage } from '../bus/start-message.ts';
import { subscribeRoutes } from '../bus/subscriber.ts';
import type { Config } from '../config/schema.ts';
import { Registry } from '../registry/registry.ts';
import { RegistryTally } from '../registry/registry-counters.ts';
import { Slots } from '../registry/slots.ts';
import { EndpointCells } from '../routing/endpoint-cells.ts';
import { Health } from '../status/health.ts';
import { startHealthServer } from '../status/health-server.ts';
import { ListenError, type StatusListener } from '../status/listen.ts';
import { Metrics } from '../status/metrics.ts';
import { startMetricsServer } from '../status/metrics-server.ts';
import { startRoutesServer } from '../status/routes-server.ts';
import type { ComponentLog, ComponentLogOptions } from '../telemetry/component-log.ts';
import { ThreadCounters, total } from '../telemetry/counters.ts';
import { checkAccessLog } from './access-log-check.ts';
import { ConnectionLoads } from './connection-loads.ts';
import { httpSettings } from './http-settings.ts';
import { checkPortIsFree, sentence } from './port-check.ts';
import { ProxyThreads } from './proxy-threads.ts';
import { RouteFeed } from './route-feed.ts';
import { StartError } from './start-error.ts';

/** What a running router listens on; `null` is not open. */
export interface Addresses {
  readonly http: number;
  readonly health: number | null;
  readonly routes: number;
  /** The built-in bus. */
  readonly bus: number | null;
}

/** Of the first connection to the bus (reference §1.1). */
const BUS_ATTEMPTS = 3;
const BUS_ATTEMPT_INTERVAL_MS = 100;
/** Asked of registering agents by a router that itself starts without waiting for them. */
const DEFAULT_REGISTER_INTERVAL_MS = 20_000;

/** A whole router in this process: the control thread's work here, the traffic in its proxy threads. */
export class Router {
  readonly addresses: Addresses;
  readonly #parts: Parts;

  private constructor(parts: Parts, addresses: Addresses) {
    this.#parts = parts;
    this.addresses = addresses;
  }

  /** In gorouter's order (reference §5.4). @throws {StartError} */
  static async start(config: Config, log: ComponentLog, logOptions: ComponentLogOptions): Promise<Router> {
    const parts = new Parts(config, log, logOptions);
    try {
      return new Router(parts, await parts.start());
    } catch (error) {
      await parts.stop();
      if (error instanceof BusUnreachable || error instanceof ListenError)
        throw new StartError(error.message);
      throw error;
    }
  }

  /** Resolves when the router cannot go on by itself, with the reason. */
  get failed(): Promise<string> {
    return this.#parts.failed;
  }

  /** Fails health checks for `drain_wait`, then lets connections finish for `drain_timeout` at most. */
  async drain(): Promise<void> {
    const { config, health, threads, log } = this.#parts;
    health.become('degraded');
    log.info('gorouter-draining', {
      wait_seconds: config.drain_wait / 1000,
      timeout_seconds: config.drain_timeout / 1000,
    });
    await delay(config.drain_wait);
    const outcome = await Promise.race([threads.drain(), delay(config.drain_timeout, 'timed-out' as const)]);
    if (outcome === 'timed-out') log.warn('router.drain.timed-out');
  }

  async stop(): Promise<void> {
    const { log } = this.#parts;
    log.info('gorouter.stopping');
    const begun = performance.now();
    await this.#parts.stop();
    log.info('gorouter.stopped', { took: Math.round(performance.now() - begun) });
  }
}

/** What a router is made of, in the order in which it starts. */
class Parts {
  readonly config: Config;
  readonly log: ComponentLog;
  readonly health = new Health();
  readonly threads: ProxyThreads;
  readonly failed: Promise<string>;
  readonly #fail: (reason: string) => void;
  readonly #tally = new RegistryTally();
  readonly #counters: SharedArrayBuffer;
  readonly #registry: Registry;
  readonly #status: StatusListener[] = [];
  #embeddedBus: EmbeddedBus | null = null;
  #bus: BusClient | null = null;
  #pruning: NodeJS.Timeout | undefined;

  constructor(config: Config, log: ComponentLog, logOptions: ComponentLogOptions) {
    this.config = config;
    this.log = log;
    const { promise, resolve } = Promise.withResolvers<string>();
    this.failed = promise;
    this.#fail = resolve;
    const { proxy_threads: count } = config.cellgate;
    const endpointCells = EndpointCells.allocate();
    this.#counters = ThreadCounters.allocate(count);
    this.#registry = this.#createRegistry(new EndpointCells(endpointCells));
    checkAccessLog(config.access_log.file);
    this.threads = new ProxyThreads({
      count,
      data: {
        settings: httpSettings(config),
        accessLogFile: config.access_log.file,
        log: logOptions,
        endpointCells,
        counters: this.#counters,
        connectionLoads: ConnectionLoads.allocate(count),
      },
      snapshot: () => this.#registry.snapshot(),
      log: log.child('router'),
    });
    const feed = new RouteFeed((changes) => this.threads.feed(changes));
    this.#registry.onChange((change) => feed.add(change));
  }

  async start(): Promise<Addresses> {
    const { config } = this;
    await checkPortIsFree(config.cellgate.listen_host, config.port, 'port');
    const { health, routes } = await this.#startStatus();
    const servers = await this.#busServers();
    this.#bus = await connectBus({
      servers,
      user: config.nats.user,
      pass: config.nats.pass,
      pingInterval: config.nats_client_ping_interval,
      attempts: BUS_ATTEMPTS,
      attemptInterval: BUS_ATTEMPT_INTERVAL_MS,
      log: this.log.child('nats'),
      onClosed: () => this.#fail('the connection to NATS is closed for good'),
    });
    await this.#subscribe(this.#bus);
    this.#startPruning(this.#bus);
    await delay(config.start_response_delay_interval);
    const http = await this.#listen();
    this.health.become('healthy');
    this.log.info('gorouter.started');
    return { http, health, routes, bus: this.#embeddedBus?.port ?? null };
  }

  async stop(): Promise<void> {
    this.health.become('degraded');
    clearInterval(this.#pruning);
    await this.threads.stop();
    await this.#bus?.close();
    await this.#embeddedBus?.close();
    await Promise.all(this.#status.map((listener) => listener.close()));
  }

  #createRegistry(cells: EndpointCells): Registry {
    const { config } = this;
    return new Registry({
      now: () => performance.now(),
      staleThreshold: config.droplet_stale_threshold,
      suspendPruning: config.suspend_pruning_if_nats_unavailable,
      keepEmptyPools: config.empty_pool_response_code_503,
      emptyPoolTimeout: config.empty_pool_timeout,
      defaultLoadBalancing: config.balancing_algorithm,
      sharding: { mode: config.routing_table_sharding_mode, segments: config.isolation_segments },
      slots: new Slots(cells),
      log: this.log.child('registry'),
      counters: this.#tally,
    });
  }

  async #startStatus(): Promise<{ health: number | null; routes: number }> {
    const { status, prometheus } = this.config;
    const credentials = { user: status.user, pass: status.pass };
    const metrics = new Metrics({
      table: this.#registry,
      tally: this.#tally,
      busState: () => this.#bus?.state ?? 'disconnected',
      count: (name) => total(this.#counters, name),
    });
    const routes = await startRoutesServer({
      port: status.routes.port,
      credentials,
      routes: () => this.#registry.routes(),
    });
    this.#status.push(routes);
    if (prometheus.enabled) this.#status.push(await startMetricsServer(prometheus.port, metrics));
    if (!status.enable_nontls_health_checks) return { health: null, routes: routes.port };
    const { host, port } = status;
    const health = await startHealthServer({ host, port, health: this.health, metrics, credentials });
    this.#status.push(health);
    return { health: health.port, routes: routes.port };
  }

  /** The configured cluster, or a bus of our own when there is none. */
  async #busServers(): Promise<readonly BusServer[]> {
    const { nats, cellgate } = this.config;
    if (nats.hosts.length > 0) return nats.hosts;
    const { host, port } = cellgate.bus;
    try {
      this.#embeddedBus = await EmbeddedBus.listen({ host, port, user: nats.user, pass: nats.pass });
    } catch (error) {
      throw new StartError(
        `bus: ${sentence(error as NodeJS.ErrnoException, host, port, 'cellgate.bus.port')}`,
      );
    }
    return [{ hostname: host, port: this.#embeddedBus.port }];
  }

  #subscribe(bus: BusClient): Promise<void> {
    const { config } = this;
    return subscribeRoutes({
      bus,
      routes: this.#registry,
      startMessage: startMessage({
        index: config.index,
        uuid: randomUUID(),
        localAddress: localAddress(networkInterfaces()),
        minimumRegisterInterval: config.start_response_delay_interval || DEFAULT_REGISTER_INTERVAL_MS,
        pruneThreshold: config.droplet_stale_threshold,
      }),
      http2: false,
      log: this.log.child('subscriber'),
      counters: this.#tally,
    });
  }

  #startPruning(bus: BusClient): void {
    const interval = this.config.prune_stale_droplets_interval;
    if (interval === 0) return;
    this.#pruning = setInterval(() => this.#registry.prune(bus.state === 'connected'), interval);
  }

  async #listen(): Promise<number> {
    const { port, cellgate } = this.config;
    try {
      return await this.threads.listen(cellgate.listen_host, port);
    } catch (error) {
      throw new StartError(sentence(error as NodeJS.ErrnoException, cellgate.listen_host, port, 'port'));
    }
  }
}
