import type { Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import { balancerFor } from '../balancer/balancer.ts';
import { LiveSet } from '../network/live-set.ts';
import { ReadBuffers } from '../network/read-buffers.ts';
import type { Balancer } from '../routing/balancer.ts';
import type { FailedEndpoint, PoolSettings } from '../routing/change.ts';
import type { Endpoint } from '../routing/endpoint.ts';
import type { EndpointCells } from '../routing/endpoint-cells.ts';
import { Replica, type ReplicaRecords } from '../routing/replica.ts';
import { NO_SEAT } from '../routing/seat.ts';
import type { AccessLog, AppLog } from '../telemetry/access-log.ts';
import type { ComponentLog } from '../telemetry/component-log.ts';
import { EMPTY_CONTENT_LENGTH_HEADER, REFUSED_MESSAGES, type ThreadCounters } from '../telemetry/counters.ts';
import type { Meters } from '../telemetry/meters.ts';
import { FlushQueue } from '../time/flush-queue.ts';
import { WallClock, wallTime } from '../time/wall-clock.ts';
import { BackendTrust } from '../tls/connection/backend-trust.ts';
import { DomainNames } from '../tls/domain-names.ts';
import { AccessRecorder } from './access-recorder.ts';
import { Admission } from './connection/admission.ts';
import type { Client, Door } from './connection/client.ts';
import { ConnectionPools } from './connection/connection-pools.ts';
import { DownstreamConnection } from './connection/downstream-connection.ts';
import { Entrance } from './connection/entrance.ts';
import { Deadlines } from './deadlines.ts';
import { BackendSessions } from './h2/backend-sessions.ts';
import { Http2Connection } from './h2/http2-connection.ts';
import { detectHttp2 } from './h2/prior-knowledge.ts';
import { EMPTY_CONTENT_LENGTH, type Fault } from './message/fault.ts';
import { RequestIds } from './request-id.ts';
import { RetryBudget } from './retry-budget.ts';
import { RouteServices } from './route-services.ts';
import type { HttpSettings } from './settings.ts';
import type { StartStopEvents } from './start-stop-events.ts';

const READ_BUFFER_BYTES = 64 * 1024;
/** Idle time after which the kernel asks whether the peer of a tunnel is still there. */
const TUNNEL_PROBE_MS = 60_000;

export interface HttpProxyParts {
  readonly settings: HttpSettings;
  readonly cells: EndpointCells;
  /** What route changes say of endpoints. */
  readonly records: ReplicaRecords;
  readonly counters: ThreadCounters;
  /** `null`: nothing is measured. */
  readonly meters?: Meters | null;
  readonly accessLog: AccessLog;
  /** Lines for the applications themselves; `null`: none. */
  readonly appLog?: AppLog | null;
  /** Loggregator's events; `null`: none. */
  readonly events?: StartStopEvents | null;
  readonly log: ComponentLog;
  /** What load balancers are told; asked anew for each health check. */
  readonly health: { readonly isHealthy: boolean };
  /** Has an endpoint that is not what it was registered as taken out of its pool, until its next registration. */
  prune(failed: FailedEndpoint): void;
}

/** All that the exchanges of one proxy thread share. */
export class HttpProxy {
  settings: HttpSettings;
  readonly cells: EndpointCells;
  readonly counters: ThreadCounters;
  readonly meters: Meters | null;
  accessRecorder: AccessRecorder;
  readonly #sinks: Pick<HttpProxyParts, 'accessLog' | 'appLog' | 'events' | 'counters' | 'log'>;
  readonly log: ComponentLog;
  readonly clock = new WallClock();
  readonly flushes = new FlushQueue();
  readonly requestIds = new RequestIds();
  readonly retryBudget = new RetryBudget();
  readonly backendTrust: BackendTrust;
  readonly serviceTrust: BackendTrust;
  readonly backends = new ConnectionPools(this, (pool) => new BackendSessions(this, pool));
  readonly routes: Replica;
  readonly routeServices: RouteServices;
  readonly entrance: Entrance;
  domainNames: DomainNames;
  readonly downstreams = new LiveSet<DownstreamConnection | Http2Connection>();
  readonly readBuffers = new ReadBuffers(READ_BUFFER_BYTES);
  readonly deadlines: Deadlines;
  readonly admission: Admission;
  /** Of endpoints chosen since the set was last emptied; `null` when nobody wants to know. */
  readonly activeApps: Set<string> | null;
  readonly #health: HttpProxyParts['health'];
  readonly #prune: HttpProxyParts['prune'];
  readonly tunnelProbeMs = TUNNEL_PROBE_MS;
  /**
   * What clients are told: in all but `serving`, that their connection ends with the response. While `leaving`, another
   * thread has taken this one's place: no connection to a backend is used for a second exchange.
   */
  phase: 'serving' | 'closing' | 'draining' | 'leaving' = 'serving';
  /** Monotonic milliseconds, as fresh as the last event that needed the exact time: good for deadlines and dates. */
  now = performance.now();

  constructor(parts: HttpProxyParts) {
    this.settings = parts.settings;
    this.activeApps = parts.settings.countsActiveApps ? new Set() : null;
    this.cells = parts.cells;
    this.counters = parts.counters;
    this.meters = parts.meters ?? null;
    this.#sinks = parts;
    this.accessRecorder = new AccessRecorder(parts, this.clock);
    this.log = parts.log;
    this.#health = parts.health;
    this.backendTrust = new BackendTrust(parts.settings.backendTls);
    const { routeServices } = parts.settings;
    this.serviceTrust = new BackendTrust(routeServices.tls);
    this.routes = new Replica(parts.records, balancerFor);
    this.routeServices = new RouteServices(
      routeServices,
      this.routes,
      (host) => this.domainNames.of(host) !== '',
    );
    this.deadlines = new Deadlines(parts.settings);
    this.domainNames = domainNames(parts.settings);
    this.#prune = parts.prune;
    const { maxConnections, maxConnectionsPerAddress } = parts.settings;
    this.admission = new Admission(maxConnections, maxConnectionsPerAddress);
    this.entrance = new Entrance(this, (client) => this.#open(client));
  }

  /** Requests that come from now on are carried by these; connections stay, and are not told. */
  reload(settings: HttpSettings): void {
    const before = this.settings;
    this.settings = settings;
    if (!isSame(before.backendTls, settings.backendTls)) this.backendTrust.replace(settings.backendTls);
    if (!isSame(before.frontTls, settings.frontTls)) this.entrance.replaceTls(settings.frontTls);
    this.domainNames = domainNames(settings);
    this.routeServices.reload(settings.routeServices);
    this.accessRecorder = new AccessRecorder({ ...this.#sinks, settings }, this.clock);
    this.deadlines.change(settings);
    this.cells.limitAwaited(settings.maxAwaitedPerBackend);
    this.admission.limit(settings.maxConnections, settings.maxConnectionsPerAddress);
  }

  /** Route services are not trusted as backends are, nor shown the same certificate. */
  trustFor({ backend }: Endpoint): BackendTrust {
    return backend.seat === NO_SEAT ? this.serviceTrust : this.backendTrust;
  }

  /** Takes over a connection that has just been accepted, paused. */
  serve(socket: Socket, door: Door = 'http'): void {
    this.entrance.enter(socket, door);
  }

  #open(client: Client): void {
    const { http2 } = this.settings;
    if (client.protocol === 'h2') new Http2Connection(this, client);
    else if (client.scheme === 'https' || !http2.priorKnowledge) new DownstreamConnection(this, client);
    else this.#askProtocol(client);
  }

  #askProtocol(client: Client): void {
    const leave = this.entrance.wait(client.raw);
    detectHttp2(client, (isHttp2) => {
      leave();
      if (isHttp2) {
        new Http2Connection(this, client);
        return;
      }
      new DownstreamConnection(this, client);
      client.socket.resume();
    });
  }

  /** Counts and tells of a client's message that is not the HTTP it should be. */
  noteRefusal(fault: Pick<Fault, 'name'>, client: string): void {
    this.counters.add(REFUSED_MESSAGES);
    if (fault === EMPTY_CONTENT_LENGTH) this.counters.add(EMPTY_CONTENT_LENGTH_HEADER);
    this.log.info('request-refused', { fault: fault.name, client });
  }

  /** The exact time, which is `now` from here on. */
  readClock(): number {
    this.now = performance.now();
    return this.now;
  }

  get isHealthy(): boolean {
    return (this.phase === 'serving' || this.phase === 'leaving') && this.#health.isHealthy;
  }

  prune({ id: pool, routeKey }: PoolSettings, { address, backend }: Endpoint): void {
    this.#prune({ pool, routeKey, address, seat: backend.seat });
  }

  /** `balancing_algorithm`, for requests that their route's own cannot serve. */
  get fallbackBalancer(): Balancer {
    return balancerFor(this.settings.loadBalancing);
  }

  get httpDate(): string {
    return this.clock.httpDate(wallTime(this.now));
  }

  /** Ends what has run out of time; `true` when there may be more, for the next turn. To be called a few times a second. */
  tick(): boolean {
    return this.deadlines.expireDue(this.readClock());
  }
}

function domainNames({ domains }: HttpSettings): DomainNames {
  return new DomainNames(domains.map(({ name }) => name));
}

function isSame(a: object | null, b: object | null): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
