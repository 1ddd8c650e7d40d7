import { hostPort } from '../../address/host-port.ts';
import type { Config } from '../../config/schema.ts';
import type { Epochs } from '../../registry/epochs.ts';
import { Limbo } from '../../registry/limbo.ts';
import type { Seats } from '../../registry/seats.ts';
import { segmentFilter } from '../../registry/sharding.ts';
import type { Split } from '../../routing/split.ts';
import type { TcpCounts } from '../../tcp/connection/tally.ts';
import { PortSet } from '../../tcp/table/port-set.ts';
import type { TcpBackend, TcpBatch, TcpRegistration } from '../../tcp/table/route.ts';
import { readRouteName, type TcpRouteName } from '../../tcp/table/route-name.ts';
import { addressOf, SharedSeats } from '../../tcp/table/shared-seats.ts';
import { type Refusal, type TcpMember, TcpTable, type UpsertResult } from '../../tcp/table/tcp-table.ts';
import type { ComponentLog } from '../../telemetry/component-log.ts';
import { listenHost } from '../settings/listen-host.ts';
import { ownPorts } from '../settings/own-ports.ts';
import { trustSettings } from '../settings/trust-settings.ts';
import { configuredTcpRoutes } from './configured-tcp-routes.ts';
import { TcpAge } from './tcp-age.ts';
import type { TcpMessage } from './tcp-messages.ts';
import { TcpPorts } from './tcp-ports.ts';
import { routeOf, TcpPruning } from './tcp-pruning.ts';
import { TcpSums } from './tcp-sums.ts';

export interface TcpRoutesOptions {
  readonly config: Config;
  readonly seats: Seats;
  /** Of the batches of changes of TCP ports. */
  readonly epochs: Epochs;
  /** Monotonic milliseconds without those in which the process stood still: by them routes age. */
  running(): number;
  readonly log: ComponentLog;
  /** To every proxy thread. */
  send(batch: TcpBatch): void;
}

/** As `RestoreResult` of the registry; `refused`: for any reason for which a registration would be. */
export type TcpRestoreResult = 'restored' | 'over' | 'known' | 'refused' | 'other-segment';

/** Routes of a list that are taken in one turn of the loop. */
const PER_TURN = 250;

/** The control thread's TCP router: the table, its sources, and the ports that are open because of it. */
export class TcpRoutes {
  readonly ports: TcpPorts;
  readonly #options: TcpRoutesOptions;
  readonly #table: TcpTable;
  readonly #age: TcpAge;
  readonly #pruning: TcpPruning;
  readonly #sums = new TcpSums();
  /** What there are certificates for. */
  readonly #tls = { clients: false, backends: false };
  readonly #inShard: (segment: string) => boolean;
  /** Where there may be some that another instance has taken the place of (`TcpAge.isDoubtful`). */
  #doubtfulAddresses = new Set<string>();
  /** What was refused last, so that heartbeats do not repeat it. */
  readonly #refused = new Map<string, string>();

  constructor(options: TcpRoutesOptions) {
    const { config, seats, epochs, log } = options;
    const { tcp } = config.cellgate;
    this.#options = options;
    this.#age = new TcpAge(trustSettings(config));
    this.#inShard = segmentFilter({
      mode: config.routing_table_sharding_mode,
      segments: config.isolation_segments,
    });
    this.#table = new TcpTable({
      reservable: PortSet.parse(tcp.reservable_ports)!,
      reserved: new PortSet([...tcp.reserved_ports, ...ownPorts(config)]),
      seats: new SharedSeats(seats, (free) => new Limbo(epochs, free)),
      tls: this.#tls,
      onChange: (port, sni) => this.ports.changed(port, sni),
    });
    this.#pruning = new TcpPruning(this.#table, this.#age, log);
    this.reload(config);
    this.ports = new TcpPorts({
      host: listenHost(tcp.listen_host),
      threads: config.cellgate.proxy_threads,
      has: (port) => this.#table.has(port),
      routes: (port) => this.#table.routes(port),
      route: (port, sni) => this.#table.route(port, sni),
      send: (changes) => options.send({ epoch: epochs.next(), changes }),
      log,
    });
  }

  /** Since the start, over all threads. */
  get portCounts(): ReadonlyMap<number, TcpCounts> {
    return this.#sums.ports;
  }

  get backendCounts(): ReadonlyMap<string, TcpCounts> {
    return this.#sums.backends;
  }

  /** Takes on what can change while the router runs: TLS. */
  reload({ cellgate: { tcp } }: Config): void {
    this.#tls.clients = tcp.frontend_tls.length > 0;
    this.#tls.backends = tcp.backend_tls.enabled;
  }

  /** Opens what the configuration asks for. */
  start(): void {
    const { config, log } = this.#options;
    const { routes, problems } = configuredTcpRoutes(config.cellgate.tcp.routes);
    for (const problem of problems) log.error('tcp-route-refused', { problem });
    for (const { port, sni, backends } of routes) {
      const claim = this.#table.claim('config', port, sni);
      if (claim !== 'claimed') this.#refuse({ owner: 'config', port, sni }, claim);
      else for (const backend of backends) this.register(backend);
    }
  }

  register(registration: TcpRegistration): void {
    if (!this.#inShard(registration.isolationSegment) && registration.owner === 'bus') {
      // Whose routes are served elsewhere has its address all the same.
      this.#evict(registration);
      return;
    }
    const now = this.clock;
    const result = this.#table.upsert(this.#limited(registration), now, this.#age.session);
    const isChanged = result === 'added' || result === 'updated';
    if (isChanged && registration.order === undefined) this.#evict(registration);
    if (isRefusal(result)) {
      this.#refuse(registration, result);
      return;
    }
    this.#refused.delete(keyOf(registration));
    if (result === 'refreshed') return;
    const { config, log } = this.#options;
    log.info(`tcp-route-${result}`, dataOf(registration));
    if (registration.lacksTlsPort && config.cellgate.tcp.backend_tls.enabled) {
      log.error('tcp-route-missing-tls-information', dataOf(registration));
    }
  }

  unregister(registration: TcpRegistration): void {
    if (!this.#table.remove(registration)) return;
    this.#options.log.info('tcp-route-unregistered', dataOf(registration));
    this.#forgetCounts([addressOf(registration)]);
  }

  /**
   * A source has told all it has. A route of which it says nothing at all, after it was away or this process began, may
   * be one that it does not know yet.
   * @param source beginning of the owners that are its own @param isBack it was away since it told all the last time
   */
  *replace(source: string, registrations: readonly TcpRegistration[], isBack: boolean): Generator<void> {
    for (const [at, registration] of registrations.entries()) {
      this.register(registration);
      if ((at + 1) % PER_TURN === 0) yield;
    }
    const told = new Set(registrations.map(routeOf));
    const missing: TcpMember[] = [];
    const gone = yield* this.#table.retain(
      (owner) => owner.startsWith(source),
      registrations,
      (member) => {
        if (told.has(routeOf(member.registration))) return false;
        if (!isBack && !member.isRestored && !this.#pruning.isMissing(member)) return false;
        missing.push(member);
        return true;
      },
    );
    const missed = this.#pruning.miss(missing);
    if (gone + missed === 0) return;
    this.#options.log.info('tcp-routes-gone', { source, routes: gone + missed });
    this.#forgetCounts();
  }

  /** What an earlier process had, unless it has had its time. @param age milliseconds since it was announced */
  restore(registration: TcpRegistration, age: number): TcpRestoreResult {
    // No source is asked for others here, or heeded where it speaks of them.
    if (!this.#inShard(registration.isolationSegment)) return 'other-segment';
    const limited = this.#limited(registration);
    if (this.#age.isTooOld(limited, age)) return 'over';
    const result = this.#table.restore(limited, this.clock - Math.ceil(age));
    if (result === 'added') this.#doubtfulAddresses.add(addressOf(limited));
    return result === 'added' ? 'restored' : result === 'known' ? 'known' : 'refused';
  }

  /** Why an operator's could not be taken; null: it could. */
  refusal(registration: TcpRegistration): Refusal | null {
    return this.#table.refusal(registration);
  }

  /** An operator speaks for a backend, and whoever speaks last is right. */
  place(registration: TcpRegistration): 'placed' | 'other-segment' | 'refused' {
    if (!this.#inShard(registration.isolationSegment) && registration.owner === 'bus') return 'other-segment';
    const result = this.#table.upsert(this.#limited(registration), this.clock, this.#age.session);
    if (!isRefusal(result)) return 'placed';
    this.#refuse(registration, result);
    return 'refused';
  }

  /** Removes an operator's backends of a route but for those at `kept` addresses; answers how many. */
  withdraw(port: number, sni: string, kept: ReadonlySet<string>): number {
    return this.#dropStatics(
      ({ registration, backend }) =>
        registration.port === port && registration.sni === sni && !kept.has(backend.address),
    );
  }

  /** Removes an operator's backends whose time is over; answers how many. @param wall Unix milliseconds */
  expireStatics(wall: number): number {
    return this.#dropStatics(({ registration }) => registration.order!.until <= wall);
  }

  /** Unix milliseconds of the next such end; null: there is none. */
  get nextStaticEnd(): number | null {
    const ends = Array.from(this.#table.statics, ({ registration }) => registration.order!.until);
    return ends.length === 0 ? null : ends.reduce((next, end) => Math.min(next, end));
  }

  #dropStatics(isChosen: (member: TcpMember) => boolean): number {
    if (![...this.#table.statics].some(isChosen)) return 0;
    const { length } = this.#table.dropWhere(
      (member) => member.registration.order !== undefined && isChosen(member),
    );
    this.#forgetCounts();
    return length;
  }

  /** See `TcpTable.members`. */
  members(): Iterable<TcpMember> {
    return this.#table.members();
  }

  /** The table's own clock, in milliseconds. */
  get clock(): number {
    return Math.floor(this.#options.running());
  }

  /** By that clock: when it was announced, or would have been, were its age the time that counts. */
  announcedAt(member: TcpMember): number {
    const now = this.clock;
    return now - this.#age.announced(member, now);
  }

  /** The bus has been lost, or is there (again). */
  busIs(connected: boolean): void {
    if (this.#age.busIs(connected, this.clock) && !connected) this.#findDoubtful();
  }

  /** Removes what was not repeated in time. */
  prune(): void {
    const pruned = this.#pruning.round(this.clock);
    this.#options.epochs.sweep();
    if (this.#doubtfulAddresses.size > 0) this.#findDoubtful();
    if (pruned === 0) return;
    this.#options.log.info('tcp-routes-pruned', { routes: pruned });
    this.#forgetCounts();
  }

  /** Whether backends stay that would go otherwise, for a while. */
  get isPruningSlow(): boolean {
    return this.#pruning.isSlow;
  }

  /** A line each, for whoever asks after the router's health. */
  remarks(): string[] {
    const remarks: string[] = [];
    const members = [...this.#table.members()];
    const restored = members.filter(({ isRestored }) => isRestored).length;
    if (restored > 0) remarks.push(`TCP table from snapshot: ${restored} of ${members.length} backends`);
    if (this.#pruning.isSlow)
      remarks.push(`pruning of TCP routes slowed: ${this.#pruning.staleCount} backends not announced again`);
    return remarks;
  }

  /** For a thread that starts. */
  snapshot(): TcpBatch {
    // It is no batch of its own: what changes in this turn is in the next one too.
    return { epoch: (this.#options.epochs.current - 1) | 0, changes: this.ports.snapshot() };
  }

  onMessage(message: TcpMessage, lane: number): void {
    if (message.kind === 'tcp-listening') this.ports.onListening(message.port, message.error, lane);
    else {
      this.#sums.add(lane, message.report);
      this.#forgetCounts(message.report.backends.keys());
    }
  }

  /** The thread in that lane has ended. */
  settle(lane: number): void {
    this.ports.settle(lane);
    this.#sums.settle(lane);
    this.#forgetCounts();
  }

  /** @param touched default: all */
  #forgetCounts(touched?: Iterable<string>): void {
    this.#sums.forget((backend) => this.#table.isRouted(backend), touched);
  }

  /** See `TcpTable.setSplit`. */
  setSplit(name: TcpRouteName, split: Split | null): boolean {
    return this.#table.setSplit(name, split);
  }

  /** Backends of a route as commands write it. */
  endpointsOf(written: string): number {
    const name = readRouteName(written);
    return name === null ? 0 : this.backendsOf(name).length;
  }

  backendsOf({ port, sni }: TcpRouteName): readonly TcpBackend[] {
    return this.#table.route(port, sni)?.backends ?? [];
  }

  json(): object {
    return this.#table.json(this.clock);
  }

  /** A registration on the bus can only shorten the router's threshold. */
  #limited(registration: TcpRegistration): TcpRegistration {
    if (registration.owner !== 'bus') return registration;
    const longest = this.#options.config.droplet_stale_threshold;
    const lifetime = Math.min(registration.lifetime || longest, longest);
    return { ...registration, lifetime };
  }

  #findDoubtful(): void {
    this.#doubtfulAddresses = new Set();
    for (const member of this.#table.members()) {
      if (this.#age.isDoubtful(member)) this.#doubtfulAddresses.add(member.backend.address);
    }
  }

  /** An instance is at an address: another that was there while nobody could say that it had left is gone. */
  #evict(registration: TcpRegistration): void {
    const address = addressOf(registration);
    const isSpokenFor = [...this.#table.statics].some(({ backend }) => backend.address === address);
    if (!isSpokenFor && !this.#doubtfulAddresses.has(address)) return;
    const taken = this.#table.dropWhere(
      (member) =>
        member.backend.address === address &&
        isAnother(member.registration, registration) &&
        this.#age.isDoubtful(member),
    );
    for (const member of taken) this.#options.log.info('tcp-address-taken', dataOf(member.registration));
  }

  #refuse(claim: Pick<TcpRegistration, 'owner' | 'port' | 'sni'>, reason: Refusal): void {
    const key = keyOf(claim);
    if (this.#refused.get(key) === reason) return;
    if (this.#refused.size > 10_000) this.#refused.clear();
    this.#refused.set(key, reason);
    const { owner, port, sni } = claim;
    this.#options.log.error('tcp-route-refused', { source: owner, port, sni_hostname: sni, reason });
  }
}

function isRefusal(result: UpsertResult): result is Refusal {
  return result !== 'added' && result !== 'updated' && result !== 'refreshed' && result !== 'outdated';
}

/** Where either does not say which it is, nobody can tell. */
function isAnother(present: TcpRegistration, announced: TcpRegistration): boolean {
  const [before, now] = [present.instanceId, announced.instanceId];
  return before !== '' && now !== '' && before !== now;
}

function keyOf({ owner, port, sni }: Pick<TcpRegistration, 'owner' | 'port' | 'sni'>): string {
  return JSON.stringify([owner, port, sni]);
}

function dataOf({
  owner,
  port,
  sni,
  host,
  backendPort,
  instanceId,
}: TcpRegistration): object & Record<string, unknown> {
  return {
    source: owner,
    port,
    sni_hostname: sni,
    backend: hostPort(host, backendPort),
    instance_id: instanceId,
  };
}
