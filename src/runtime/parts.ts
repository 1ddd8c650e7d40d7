import { randomBytes, randomUUID } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { activeAppsMessage } from '../bus/active-apps.ts';
import type { BusClient } from '../bus/client.ts';
import { announceComponent } from '../bus/component.ts';
import type { BusServer } from '../bus/connect-bus.ts';
import { EmbeddedBus } from '../bus/embedded/server.ts';
import { subscribeRoutes } from '../bus/subscriber.ts';
import type { Config } from '../config/schema.ts';
import type { Door } from '../http/connection/client.ts';
import type { HttpSettings } from '../http/settings.ts';
import type { Template } from '../http/template/template.ts';
import { Registry } from '../registry/registry.ts';
import { RegistryTally } from '../registry/registry-counters.ts';
import { Health } from '../status/health.ts';
import type { StatusListener } from '../status/listen.ts';
import type { ComponentLog, ComponentLogOptions, LogLevel, RootLog } from '../telemetry/component-log.ts';
import { total } from '../telemetry/counters.ts';
import { histogramWidth, observe } from '../telemetry/histogram.ts';
import { MeterReadings } from '../telemetry/meter-readings.ts';
import { inTurns } from '../time/in-turns.ts';
import { checkAccessLog } from './access-log-check.ts';
import type { Addresses } from './addresses.ts';
import { Component } from './component.ts';
import { startDebugging } from './debugging.ts';
import { lookUpUrl } from './look-up-url.ts';
import { connectRouterBus, routerStartMessage } from './router-bus.ts';
import { RoutingApiRoutes } from './routing-api-routes.ts';
import { readErrorPage } from './settings/error-page.ts';
import { httpSettings, TICKET_KEYS_BYTES } from './settings/http-settings.ts';
import { meterSettings } from './settings/meter-settings.ts';
import { loggregatorSettings } from './settings/metron-settings.ts';
import { reloadPlan } from './settings/reload-plan.ts';
import { StartError } from './settings/start-error.ts';
import { syslogSettings } from './settings/syslog-settings.ts';
import { checkTcpTls, tcpSettings } from './settings/tcp-settings.ts';
import { checkTls } from './settings/tls-settings.ts';
import { StatusServers } from './status-servers.ts';
import { checkSyslog } from './syslog-check.ts';
import { checkPortIsFree, sentence } from './tcp/port-check.ts';
import { TcpRoutes } from './tcp/tcp-routes.ts';
import { ProxyThreads } from './threads/proxy-threads.ts';
import { RouteFeed } from './threads/route-feed.ts';
import { SharedMemory } from './threads/shared-memory.ts';

const TICKET_KEYS_MS = 12 * 3600 * 1000;

/** What a router is made of, in the order in which it starts. */
export class Parts {
  config: Config;
  readonly log: RootLog;
  /** Of what gorouter's router itself says. */
  readonly routerLog: ComponentLog;
  readonly health: Health;
  readonly threads: ProxyThreads;
  readonly failed: Promise<string>;
  readonly #fail: (reason: string) => void;
  readonly #memory: SharedMemory;
  readonly #tally = new RegistryTally();
  readonly #latency: { readonly buckets: readonly number[]; readonly cells: Float64Array };
  readonly #registry: Registry;
  readonly #tcp: TcpRoutes | null;
  readonly #errorPage: Template | null;
  readonly #uuid = randomUUID();
  readonly #component: Component | null;
  readonly #status = new StatusServers();
  #embeddedBus: EmbeddedBus | null = null;
  #bus: BusClient | null = null;
  #routingApi: RoutingApiRoutes | null = null;
  #pruning: NodeJS.Timeout | undefined;
  #activeApps: NodeJS.Timeout | undefined;
  #debugging: StatusListener | null = null;
  #level: LogLevel;
  #ticketKeys = randomBytes(TICKET_KEYS_BYTES);
  #rotation: NodeJS.Timeout | undefined;

  /** @throws {StartError} */
  constructor(config: Config, log: RootLog, logOptions: ComponentLogOptions) {
    checkAccessLog(config.access_log.file);
    this.#errorPage = readErrorPage(config.html_error_template_file);
    const settings = httpSettings(config, this.#errorPage, this.#ticketKeys);
    checkTls(settings);
    this.config = config;
    this.log = log;
    this.routerLog = log.child('router');
    this.#level = config.logging.level;
    const { promise, resolve } = Promise.withResolvers<string>();
    this.failed = promise;
    this.#fail = resolve;
    this.#memory = new SharedMemory(config.cellgate.proxy_threads, meterSettings(config));
    const { health } = this.#memory;
    this.health = new Health((healthy) => {
      health.isHealthy = healthy;
    });
    const buckets = config.prometheus.meters.route_registration_latency_histogram_buckets;
    this.#latency = { buckets, cells: new Float64Array(histogramWidth(buckets)) };
    this.#registry = this.#createRegistry();
    const tcp = tcpSettings(config);
    if (tcp !== null) checkTcpTls(tcp);
    this.#tcp = tcp === null ? null : this.#createTcpRoutes();
    const feed = new RouteFeed({
      nextEpoch: () => this.#memory.epochs.next(),
      digest: () => this.#registry.digest,
      snapshot: (piece) => this.#registry.snapshot(piece),
    });
    this.threads = new ProxyThreads({
      count: config.cellgate.proxy_threads,
      data: {
        settings,
        meters: meterSettings(config),
        tcp,
        accessLogFile: config.access_log.file,
        syslog: syslogSettings(config),
        loggregator: loggregatorSettings(config),
        log: logOptions,
      },
      tcp: this.#tcp,
      memory: this.#memory,
      routes: feed,
      onEndpointFailed: (failed) => this.#registry.pruneFailed(failed),
      log: this.routerLog,
    });
    this.#registry.onChange((change) => feed.add(change));
    this.#component = Component.isWanted(config) ? this.#createComponent() : null;
  }

  /** In gorouter's order (reference §5.4). @throws {StartError | ListenError | BusUnreachable} */
  async start(): Promise<Addresses> {
    const { config } = this;
    const streaming = syslogSettings(config);
    if (streaming !== null) await checkSyslog(streaming);
    this.#logShard();
    this.#debugging = await this.#startDebugging();
    await this.#checkPorts();
    const status = await this.#startStatus();
    const bus = await connectRouterBus({
      config,
      servers: await this.#busServers(),
      log: this.log,
      onClosed: () => this.#fail('the connection to NATS is closed for good'),
    });
    this.#bus = bus;
    await this.#connectRoutingApi();
    await this.#subscribe(bus);
    if (this.#component !== null) await this.#announce(bus, this.#component);
    this.#startPruning(bus);
    this.#startActiveApps(bus);
    this.routerLog.debug('Sleeping before returning success on /health endpoint to preload routing table', {
      sleep_time_seconds: config.start_response_delay_interval / 1000,
    });
    await delay(config.start_response_delay_interval);
    const addresses = {
      ...(await this.#listen()),
      ...status,
      debug: this.#debugging?.port ?? null,
      bus: this.#embeddedBus?.port ?? null,
    };
    if (config.enable_ssl) this.#rotation = setInterval(() => this.#rotateTicketKeys(), TICKET_KEYS_MS);
    this.#tcp?.start();
    void this.#routingApi?.followTcp();
    this.health.become('healthy');
    this.routerLog.info('gorouter.started', addresses);
    return addresses;
  }

  reload(next: Config): void {
    const { config, applied, waiting } = reloadPlan(this.config, next);
    let settings: HttpSettings;
    const tcp = tcpSettings(config);
    try {
      settings = httpSettings(config, this.#errorPage, this.#ticketKeys);
      checkTls(settings);
      if (tcp !== null) checkTcpTls(tcp);
    } catch (error) {
      this.log.error('configuration-reload-failed', { error: (error as Error).message });
      return;
    }
    this.config = config;
    this.#level = config.logging.level;
    this.log.setLevel(this.#level);
    this.threads.reload(settings, this.#level);
    if (tcp !== null) {
      this.#tcp?.reload(config);
      this.threads.reloadTcp(tcp);
    }
    this.log.info('configuration-reloaded', { changed: applied });
    if (waiting.length > 0) this.log.warn('configuration-needs-restart', { keys: waiting });
  }

  /** Also after a start that failed half-way. */
  async stop(): Promise<void> {
    this.health.become('degraded');
    clearInterval(this.#pruning);
    clearInterval(this.#rotation);
    clearInterval(this.#activeApps);
    this.#component?.close();
    this.#routingApi?.stop();
    this.#tcp?.ports.stop();
    await this.threads.stop();
    await this.#bus?.close();
    await this.#embeddedBus?.close();
    await this.#status.close();
    await this.#debugging?.close();
  }

  #startDebugging(): Promise<StatusListener | null> | null {
    const { debug_addr: address } = this.config;
    if (address === '') return null;
    const level = { get: () => this.#level, set: (wanted: LogLevel) => this.#setLevel(wanted) };
    const format = this.config.logging.format.timestamp;
    return startDebugging({ address, threads: this.threads, level, format, log: this.log });
  }

  #setLevel(level: LogLevel): void {
    this.#level = level;
    this.log.setLevel(level);
    this.threads.setLogLevel(level);
  }

  /** Its HTTP routes are there when it resolves. */
  async #connectRoutingApi(): Promise<void> {
    const { config, log } = this;
    this.#routingApi = RoutingApiRoutes.from({ config, registry: this.#registry, tcp: this.#tcp, log });
    await this.#routingApi?.connect();
  }

  #createTcpRoutes(): TcpRoutes {
    const { endpoints, seats } = this.#memory;
    return new TcpRoutes({
      config: this.config,
      slots: {
        take: () => seats.take(),
        free: (seat) => void seats.end(seat),
        inFlight: (seat) => endpoints.inFlight(seat),
      },
      log: this.log.child('tcp'),
      send: (ports) => this.threads.feedTcp(ports),
    });
  }

  #createRegistry(): Registry {
    const { config } = this;
    return new Registry({
      now: () => performance.now(),
      staleThreshold: config.droplet_stale_threshold,
      suspendPruning: config.suspend_pruning_if_nats_unavailable,
      keepEmptyPools: config.empty_pool_response_code_503,
      emptyPoolTimeout: config.empty_pool_timeout,
      defaultLoadBalancing: config.balancing_algorithm,
      sharding: { mode: config.routing_table_sharding_mode, segments: config.isolation_segments },
      seats: this.#memory.seats,
      records: this.#memory.records,
      epochs: this.#memory.epochs,
      log: this.log.child('registry'),
      counters: this.#tally,
      latency: {
        wallNow: () => performance.timeOrigin + performance.now(),
        from: performance.now() + config.route_latency_metric_muzzle_duration,
        observe: (milliseconds) => {
          observe(this.#latency.cells, 0, this.#latency.buckets, milliseconds);
          this.#status.noteRegistration(milliseconds);
        },
      },
    });
  }

  #meterReadings(): MeterReadings {
    const { config } = this;
    const { meters } = this.#memory.buffers;
    return new MeterReadings(meters, this.#memory.lanes, meterSettings(config));
  }

  #createComponent(): Component {
    const { counters } = this.#memory.buffers;
    const own = () => ({ apps: [], logCounts: this.log.counts });
    return new Component(this.config, this.#uuid, {
      table: this.#registry,
      count: (name) => total(counters, name),
      meters: this.#meterReadings(),
      tallies: async () => [own(), ...(await this.threads.varzTallies())],
    });
  }

  #announce(bus: BusClient, component: Component): Promise<void> {
    const describe = () => component.describe();
    return announceComponent({ bus, describe, log: this.routerLog });
  }

  async #startStatus() {
    const { buffers, connectionLoads } = this.#memory;
    const addresses = await this.#status.start(this.config, {
      health: this.health,
      metrics: {
        table: this.#registry,
        tally: this.#tally,
        registrationLatency: this.#latency,
        busState: () => this.#bus?.state ?? 'disconnected',
        routingApi: () => this.#routingApi?.errors ?? null,
        messagesDropped: () => this.#bus?.droppedMessages ?? 0,
        count: (name) => total(buffers.counters, name),
        meters: this.#meterReadings(),
        threadConnections: () => connectionLoads.counts(),
      },
      routes: {
        routes: () => this.#registry.routesText(),
        lookUp: (url) => lookUpUrl(url, this.#registry),
      },
      component: this.#component,
      tcp: this.#tcp,
    });
    if (addresses.health !== null) this.#component?.listensOn(addresses.health);
    return addresses;
  }

  /** The configured cluster, or a bus of our own when there is none. */
  async #busServers(): Promise<readonly BusServer[]> {
    const { nats, cellgate } = this.config;
    if (nats.hosts.length > 0) return nats.hosts;
    const { host, port } = cellgate.bus;
    try {
      const login = nats.user === '' ? {} : { user: nats.user, pass: nats.pass };
      this.#embeddedBus = await EmbeddedBus.listen({ host, port, ...login });
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
      tcpRoutes: this.#tcp,
      startMessage: routerStartMessage(config, this.#uuid),
      http2: config.enable_http2,
      log: this.log.child('subscriber'),
      counters: this.#tally,
    });
  }

  #startPruning(bus: BusClient): void {
    const interval = this.config.prune_stale_droplets_interval;
    if (interval === 0) return;
    const suspends = this.config.suspend_pruning_if_nats_unavailable;
    let state: 'idle' | 'pruning' = 'idle';
    const round = async (connected: boolean): Promise<void> => {
      state = 'pruning';
      await inTurns(this.#registry.prune(connected));
      state = 'idle';
    };
    this.#pruning = setInterval(() => {
      const connected = bus.state === 'connected';
      if (state === 'idle') void round(connected);
      this.#tcp?.prune((owner) => owner === 'bus' && suspends && !connected);
    }, interval);
  }

  #startActiveApps(bus: BusClient): void {
    const interval = this.config.publish_active_apps_interval;
    if (interval === 0) return;
    this.#activeApps = setInterval(async () => {
      bus.publish('router.active_apps', activeAppsMessage(await this.threads.activeApps()));
    }, interval);
  }

  /** A stolen key opens what was recorded while it was used: TLS sessions are resumed under a new one after a while. */
  #rotateTicketKeys(): void {
    this.#ticketKeys = randomBytes(TICKET_KEYS_BYTES);
    this.threads.reload(httpSettings(this.config, this.#errorPage, this.#ticketKeys), this.#level);
  }

  #logShard(): void {
    const { isolation_segments, routing_table_sharding_mode } = this.config;
    this.log.debug('local-az-set', { AvailabilityZone: this.config.zone });
    this.log.info('retrieved-isolation-segments', { isolation_segments, routing_table_sharding_mode });
  }

  /** The listeners that clients connect to, with the keys that name their ports. */
  #doors(): { door: Door; port: number; key: string }[] {
    const { port, ssl_port, enable_ssl, disable_http } = this.config;
    return [
      ...(disable_http ? [] : [{ door: 'http' as const, port, key: 'port' }]),
      ...(enable_ssl ? [{ door: 'https' as const, port: ssl_port, key: 'ssl_port' }] : []),
    ];
  }

  async #checkPorts(): Promise<void> {
    const host = this.config.cellgate.listen_host;
    for (const { port, key } of this.#doors()) await checkPortIsFree(host, port, key);
  }

  async #listen(): Promise<Pick<Addresses, Door>> {
    const host = this.config.cellgate.listen_host;
    if (this.config.disable_http) this.routerLog.info('tcp-listener-disabled');
    if (!this.config.enable_ssl) this.routerLog.info('tls-listener-not-enabled');
    const open: { http: number; https: number | null } = { http: 0, https: null };
    // Once more: while this router waited for its routes, another may have taken a port.
    await this.#checkPorts();
    for (const { door, port, key } of this.#doors()) {
      try {
        const actual = await this.threads.listen(door, host, port);
        open[door] = actual;
        this.routerLog.info(door === 'http' ? 'tcp-listener-started' : 'tls-listener-started', {
          address: `${host}:${actual}`,
        });
      } catch (error) {
        if (error instanceof StartError) throw error;
        throw new StartError(sentence(error as NodeJS.ErrnoException, host, port, key));
      }
    }
    return open;
  }
}
