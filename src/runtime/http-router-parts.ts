import { randomUUID } from 'node:crypto';
import type { Overview } from '../admin/overview-route.ts';
import { inBackground } from '../boundary/boundary.ts';
import { ONE_ROUND } from '../boundary/owner.ts';
import type { GivenKeys } from '../config/given-keys.ts';
import type { Config } from '../config/schema.ts';
import type { Tapped } from '../http/account/taps.ts';
import { Health } from '../status/health.ts';
import type { ComponentLog, ComponentLogOptions, RootLog } from '../telemetry/component-log.ts';
import { ACCESS_LOG_DROPPED, type CounterName, total } from '../telemetry/counters.ts';
import { MeterReadings } from '../telemetry/meter-readings.ts';
import { RequestCells } from '../telemetry/request-cells.ts';
import { OperatorParts } from './operator-parts.ts';
import { ActiveAppsPart } from './parts/active-apps.ts';
import type { Addresses } from './parts/addresses.ts';
import { AdminPart } from './parts/admin.ts';
import { BusPart } from './parts/bus.ts';
import { Component, ComponentPart } from './parts/component.ts';
import { DebuggingPart } from './parts/debugging.ts';
import { DecisionsPart } from './parts/decisions.ts';
import { DoorsPart } from './parts/doors.ts';
import { EmbeddedBusPart } from './parts/embedded-bus.ts';
import { HealthPart } from './parts/health.ts';
import { HttpSetup } from './parts/http-setup.ts';
import { HttpTable } from './parts/http-table.ts';
import { LastNetPart } from './parts/last-net.ts';
import { LogLevelPart } from './parts/log-level.ts';
import { NewAppHoldsPart } from './parts/new-app-holds.ts';
import { OtelPart } from './parts/otel.ts';
import { routerOverview } from './parts/overview.ts';
import type { Part } from './parts/part.ts';
import { PreloadPart } from './parts/preload.ts';
import { createPauseDetector, PruningPart } from './parts/pruning.ts';
import { RollCallPart } from './parts/roll-call.ts';
import { routerStartMessage } from './parts/router-bus.ts';
import { RoutingApiPart } from './parts/routing-api.ts';
import { ShardPart } from './parts/shard.ts';
import { SnapshotPart } from './parts/snapshot.ts';
import { StatusPart, type StatusSources } from './parts/status.ts';
import { SubscriptionPart } from './parts/subscription.ts';
import { SyslogPart } from './parts/syslog.ts';
import { TableState } from './parts/table-state.ts';
import { TcpPart } from './parts/tcp.ts';
import { TcpPortsPart } from './parts/tcp-ports.ts';
import { createTcpRoutes } from './parts/tcp-table.ts';
import { ThreadsPart } from './parts/threads.ts';
import { TicketKeysPart } from './parts/ticket-keys.ts';
import { meterSettings } from './settings/meter-settings.ts';
import { loggregatorSettings } from './settings/metron-settings.ts';
import { syslogSettings } from './settings/syslog-settings.ts';
import { statusSources } from './status-sources.ts';
import type { TcpRoutes } from './tcp/tcp-routes.ts';
import { ProxyThreads } from './threads/proxy-threads.ts';
import { SharedMemory } from './threads/shared-memory.ts';

/** What a router for HTTP is made of. */
export class HttpRouterParts {
  readonly setup: HttpSetup;
  readonly log: RootLog;
  /** Of what gorouter's router itself says. */
  readonly routerLog: ComponentLog;
  readonly health: Health;
  readonly threads: ProxyThreads;
  readonly snapshot: SnapshotPart;
  /** Why it cannot go on. */
  readonly failure = Promise.withResolvers<string>();
  readonly inOrder: readonly Part[];
  readonly #memory: SharedMemory;
  readonly #pause = createPauseDetector();
  readonly #table: HttpTable;
  readonly #tcp: TcpRoutes | null;
  readonly #uuid = randomUUID();
  /** Of the roll-call. */
  readonly #id: string;
  readonly #component: Component | null;
  readonly #status: StatusPart;
  readonly #admin: AdminPart;
  readonly #level: LogLevelPart;
  readonly #doors: DoorsPart;
  readonly #embeddedBus: EmbeddedBusPart;
  readonly #bus: BusPart;
  readonly #tableState: TableState;
  readonly #rollCall: RollCallPart;
  readonly #decisions: DecisionsPart;
  readonly #operator: OperatorParts;
  /** Null: applications that are newly mapped are served. */
  readonly #newAppHolds: NewAppHoldsPart | null;
  /** Changes of the table of HTTP routes. */
  #generation = 0;
  readonly #routingApi: RoutingApiPart;
  readonly #debugging: DebuggingPart;
  readonly #lastNet: LastNetPart;
  readonly #otel: OtelPart;
  readonly #syslog: SyslogPart;

  /** @throws {StartError} */
  constructor(
    { config, given }: { readonly config: Config; readonly given: GivenKeys },
    log: RootLog,
    logOptions: ComponentLogOptions,
  ) {
    this.log = log;
    this.#id = `${config.index}-${this.#uuid}`;
    this.routerLog = log.child('router');
    const memory = new SharedMemory(config.cellgate.proxy_threads, meterSettings(config));
    this.#memory = memory;
    const requests = () => RequestCells.sums(memory.buffers.requests);
    const figures = () => ({ ...this.#statusSources().metrics, requests });
    const { counters } = memory;
    this.#otel = new OtelPart({ id: this.#id, counters, figures, log: log.child('otel') });
    this.setup = new HttpSetup(config, given, this.#otel.sampling);
    const { settings, tcp } = this.setup.settings();
    this.health = new Health((healthy) => {
      memory.health.isHealthy = healthy;
      this.#rollCall.announce();
    });
    this.#status = new StatusPart(config, () => this.#statusSources());
    this.#admin = new AdminPart({
      config,
      overview: () => this.#overview(),
      folder: () => this.snapshot.folder,
      log: log.child('admin'),
    });
    this.#newAppHolds = config.cellgate.hold_new_apps
      ? new NewAppHoldsPart({
          tables: () => this.#operator.splits.tables,
          store: () => this.#decisions.store,
          snapshot: () => this.snapshot,
          log: log.child('splits'),
        })
      : null;
    const holds = this.#newAppHolds?.holds ?? null;
    const noteRegistration = (ms: number) => this.#status.noteRegistration(ms);
    this.#table = new HttpTable(config, memory, this.#pause, log, noteRegistration, holds);
    this.#tcp =
      tcp === null
        ? null
        : createTcpRoutes(config, memory, this.#pause, log, (batch) => {
            this.threads.feedTcp(batch);
            this.snapshot.changed();
          });
    const { registry, feed } = this.#table;
    this.snapshot = new SnapshotPart({
      config,
      registry,
      tcp: this.#tcp,
      bus: () => ({ connected: this.#bus.isConnected, lostAt: this.#tableState.lostAt }),
      decisions: () => this.#decisions.entries(),
      log: log.child('snapshot'),
    });
    registry.onChange(() => {
      this.#generation++;
      this.snapshot.changed();
    });
    const streaming = syslogSettings(config);
    this.#syslog = new SyslogPart(streaming, (lines) => memory.counters.addBy(ACCESS_LOG_DROPPED, lines));
    this.threads = new ProxyThreads({
      count: config.cellgate.proxy_threads,
      data: {
        router: this.#id,
        settings,
        meters: meterSettings(config),
        tcp,
        listeningSockets: config.cellgate.listening_sockets,
        accessLogFile: config.access_log.file,
        syslog: streaming,
        loggregator: loggregatorSettings(config),
        log: logOptions,
        orders: [],
        taps: [],
      },
      tcp: this.#tcp,
      memory,
      routes: feed,
      onEndpointFailed: (failed) => registry.pruneFailed(failed),
      onSyslog: (batch) => this.#syslog.send(batch),
      onTapped: (tapped) => this.#operator.taps.take(tapped),
      onSpans: (spans) => this.#otel.take(spans),
      arms: {
        take: (lane, rows) => this.#operator.arms.take(lane, rows),
        settle: (lane) => this.#operator.arms.settle(lane),
      },
      log: this.routerLog,
    });
    this.#component = Component.isWanted(config) ? this.#createComponent(config) : null;
    this.#lastNet = new LastNetPart(memory.counters, this.routerLog);
    this.#level = new LogLevelPart(config.logging.level, log, this.threads);
    this.#doors = new DoorsPart(this.setup, this.threads, this.routerLog);
    this.#embeddedBus = new EmbeddedBusPart(config);
    this.#bus = new BusPart({
      config,
      servers: () => this.#embeddedBus.servers,
      former: this.snapshot,
      token: () => this.#embeddedBus.token,
      onClosed: () => this.failure.resolve('the connection to NATS is closed for good'),
      log,
    });
    this.#tableState = new TableState({
      bus: this.#bus,
      snapshot: this.snapshot,
      registry,
      tcp: this.#tcp,
      suspendPruning: config.suspend_pruning_if_nats_unavailable,
      log: log.child('registry'),
    });
    this.health.remarks = () => [...this.#tableState.remarks(), ...this.#decisions.remarks()];
    this.#rollCall = new RollCallPart({
      id: this.#id,
      bus: this.#bus,
      health: this.health,
      folder: () => this.snapshot.folder,
      about: () => ({
        address: this.#admin.address,
        routes: registry.poolCount,
        generation: this.#generation,
        decisions: this.#decisions.revision,
      }),
      count: ({ route, app }) => this.#endpointsOf(route, app),
      api: this.#admin.api,
      log: log.child('roll-call'),
    });
    this.#admin.routers = () => this.#rollCall.routers();
    this.#decisions = new DecisionsPart({
      config,
      bus: this.#bus,
      snapshot: this.snapshot,
      others: () => this.#rollCall.others,
      log: log.child('decisions'),
    });
    this.#operator = new OperatorParts({
      config,
      id: this.#id,
      registry,
      tcp: this.#tcp,
      memory,
      overview: () => this.#overview(),
      tableState: this.#tableState,
      bus: this.#bus,
      snapshot: this.snapshot,
      rollCall: this.#rollCall,
      decisions: this.#decisions,
      api: this.#admin.api,
      holds,
      debugKey: () => this.setup.config.cellgate.debug_key,
      threads: this.threads,
      count: this.#count,
      engines: { http: settings, tcp },
      log,
    });
    this.#routingApi = new RoutingApiPart({ config, registry, tcp: this.#tcp, former: this.snapshot, log });
    this.#debugging = new DebuggingPart({
      address: config.debug_addr,
      threads: this.threads,
      level: this.#level,
      format: config.logging.format.timestamp,
      log,
    });
    this.inOrder = this.#inOrder(config);
  }

  get addresses(): Addresses {
    return {
      ...this.#doors.open,
      ...this.#status.ports,
      debug: this.#debugging.port,
      admin: this.#admin.port,
      bus: this.#embeddedBus.port,
    };
  }

  /** See `AdminPart.link`. */
  adminLink(): string | null {
    return this.#admin.link();
  }

  followRequests(show: (tapped: Tapped) => void): void {
    this.#operator.taps.follow(show);
  }

  outlive(): void {
    this.#lastNet.catchTheRest();
  }

  /** gorouter's (docs/compatibility.md §5.4). */
  #inOrder(config: Config): readonly Part[] {
    const { log, routerLog, threads } = this;
    const { registry, tally } = this.#table;
    return [
      this.#lastNet,
      this.#level,
      this.#syslog,
      this.#otel,
      new ThreadsPart(threads),
      new ShardPart(config, log),
      this.#debugging,
      { name: 'ports', start: () => this.#doors.check() },
      this.#status,
      this.snapshot,
      this.#admin,
      this.#embeddedBus,
      // What the configuration has it has before whatever is restored or announced.
      ...(this.#tcp === null ? [] : [new TcpPart(this.#tcp)]),
      this.#bus,
      this.#tableState,
      this.#routingApi,
      new SubscriptionPart(this.#bus, {
        routes: registry,
        tcpRoutes: this.#tcp,
        startMessage: routerStartMessage(config, this.#uuid),
        http2: config.enable_http2,
        log: log.child('subscriber'),
        counters: tally,
        onRefused: (...refused) => this.#operator.rejected.noteMessage(...refused),
      }),
      // What is published before is not lost: it waits for the subscriptions.
      { name: 'open bus', start: () => this.#embeddedBus.open() },
      ...(this.#component === null ? [] : [new ComponentPart(this.#component, this.#bus, routerLog)]),
      new PruningPart({
        config,
        pause: this.#pause,
        bus: this.#bus,
        registry,
        tcp: this.#tcp,
        log: log.child('registry'),
      }),
      this.#rollCall,
      this.#decisions,
      ...this.#operator.inOrder,
      ...(this.#newAppHolds === null ? [] : [this.#newAppHolds]),
      ...(this.#tcp === null ? [] : [new TcpPortsPart(this.#tcp.ports, this.#decisions)]),
      new ActiveAppsPart(config.publish_active_apps_interval, this.#bus, threads),
      new PreloadPart(config, () => !this.snapshot.isWhole && !this.#tableState.isFrozen, routerLog),
      { name: 'decided', start: () => this.#decisions.settle() },
      this.#doors,
      new TicketKeysPart(this.setup, threads),
      { name: 'tcp routes', start: () => this.#followTcp() },
      new HealthPart(this.health),
      { name: 'started', start: () => routerLog.info('gorouter.started', { ...this.addresses }) },
    ];
  }

  #followTcp(): void {
    const { routes } = this.#routingApi;
    if (routes !== null) inBackground(ONE_ROUND, routes.followTcp());
  }

  #statusSources(): StatusSources {
    return statusSources({
      setup: this.setup,
      health: this.health,
      threads: this.threads,
      memory: this.#memory,
      table: this.#table,
      tableState: this.#tableState,
      bus: this.#bus,
      routingApi: this.#routingApi,
      operator: this.#operator,
      component: this.#component,
      tcp: this.#tcp,
      meters: this.#meterReadings(),
    });
  }

  #overview(): Overview {
    return routerOverview({
      id: this.#uuid,
      health: this.health,
      bus: this.#bus.client?.state ?? 'disconnected',
      table: this.#table.registry,
      decisions: this.#decisions.overview(),
    });
  }

  #endpointsOf(route: string, app: string): number {
    if (!route.startsWith('tcp:')) return this.#table.registry.endpointsOf(route, app);
    // A TCP route does not say of which application its backends are.
    return app === '' ? (this.#tcp?.endpointsOf(route) ?? 0) : 0;
  }

  #createComponent(config: Config): Component {
    const own = () => ({ apps: [], logCounts: this.log.counts });
    return new Component(config, this.#uuid, {
      table: this.#table.registry,
      count: this.#count,
      meters: this.#meterReadings(),
      tallies: async () => [own(), ...(await this.threads.varzTallies())],
    });
  }

  readonly #count = (name: CounterName): number => total(this.#memory.buffers.counters, name);

  #meterReadings(): MeterReadings {
    return new MeterReadings(
      this.#memory.buffers.meters,
      this.#memory.lanes,
      meterSettings(this.setup.config),
    );
  }
}
