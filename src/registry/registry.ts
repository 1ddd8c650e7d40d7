import type { RouteMessage } from '../bus/route-message.ts';
import { type ArmCount, countArms } from '../routing/arm-counts.ts';
import type { FailedEndpoint, RouteChange } from '../routing/change.ts';
import type { EndpointFacts } from '../routing/endpoint.ts';
import { EndpointOrders } from '../routing/endpoint-orders.ts';
import { isOlder, type ModificationTag } from '../routing/modification-tag.ts';
import { routeKey } from '../routing/route-key.ts';
import type { Split } from '../routing/split.ts';
import type { DigestValue } from '../routing/table-digest.ts';
import {
  Admission,
  type FormerMember,
  type FormerStatic,
  type PlaceResult,
  type RestoreResult,
} from './admission.ts';
import { BusPresence } from './bus-presence.ts';
import { componentOf } from './component-of.ts';
import { type EndpointState, noStates, type StateCounts, stateOf } from './endpoint-state.ts';
import { type AskedRoute, lookupJson } from './lookup-json.ts';
import { MemberLines } from './member-lines.ts';
import { MemberTags } from './member-tags.ts';
import { countOf, each, type Member, memberAt } from './members.ts';
import { type Origin, ROUTING_API } from './origin.ts';
import type { Pool } from './pool.ts';
import { Pruning } from './pruning.ts';
import { registrationData } from './registration-data.ts';
import type { RegistryOptions } from './registry-options.ts';
import { appsOf, endpointsIn, endpointsOf, factsOf } from './route-endpoints.ts';
import { RouteTable } from './route-table.ts';
import { type RoutesJson, routesJson } from './routes-json.ts';
import { segmentFilter } from './sharding.ts';
import { Splits } from './splits.ts';
import type { StaticMembers } from './static-members.ts';
import { Suspects } from './suspects.ts';
import { TableView } from './table-view.ts';
import { Trust } from './trust.ts';

export interface HashedRoute {
  readonly route: string;
  readonly endpoints: number;
}

/** Endpoints that are looked at in one piece. */
const PER_PIECE = 5000;
/** That are removed at once. */
const STATICS_PER_TURN = 200;

/** The authoritative route table, fed by the bus. Semantics: docs/compatibility.md §1.5 to §1.7, §2.8, §2.9. */
export class Registry {
  /** Of operators. */
  readonly orders = new EndpointOrders();
  /** For whoever looks at it. */
  readonly view: TableView;
  /** Its members as text. */
  readonly lines: MemberLines;
  readonly #options: RegistryOptions;
  readonly #inShard: (segment: string) => boolean;
  readonly #emptyPoolLifetime: number;
  readonly #table: RouteTable;
  readonly #tags = new MemberTags();
  readonly #bus = new BusPresence();
  readonly #suspects = new Suspects();
  readonly #splits = new Splits();
  readonly #trust: Trust;
  readonly #admission: Admission;
  readonly #pruning: Pruning;

  constructor(options: RegistryOptions) {
    this.#options = options;
    this.#inShard = segmentFilter(options.sharding);
    this.#emptyPoolLifetime = options.keepEmptyPools ? options.emptyPoolTimeout : 0;
    this.#table = new RouteTable(options);
    this.lines = new MemberLines(this.#table);
    const [table, tags, bus, suspects] = [this.#table, this.#tags, this.#bus, this.#suspects];
    const splits = this.#splits;
    const trust = new Trust(options, bus);
    this.#trust = trust;
    this.view = new TableView(this.#table, (member) => this.stateOf(member), options.marks ?? null);
    this.#admission = new Admission(options, { table, tags, bus, trust, suspects, splits });
    this.#pruning = new Pruning(table, {
      ...options,
      now: options.running ?? options.now,
      emptyPoolLifetime: this.#emptyPoolLifetime,
      trust,
      bus,
    });
  }

  get poolCount(): number {
    return this.#table.pools.size;
  }

  /** Members of all pools together. */
  get endpointCount(): number {
    return this.#table.endpointCount;
  }

  /** Those of which nobody has spoken since this process began. */
  get restoredCount(): number {
    return this.#table.restoredCount;
  }

  /** Those that nobody has spoken of for too long, and that are kept. */
  get staleCount(): number {
    return this.#pruning.staleCount;
  }

  /** See `Pruning.state`. */
  get pruningState(): 'active' | 'suspended' | 'slow' {
    return this.#pruning.state;
  }

  /** Different backends in all pools. */
  get backendCount(): number {
    return this.#table.backendCount;
  }

  /** Routes that are balanced by hash, as they are now. */
  hashedRoutes(): HashedRoute[] {
    return [...this.#table.hashedPools()].map((pool) => ({
      route: this.#table.pools.keyOf(pool),
      endpoints: countOf(pool.members),
    }));
  }

  /** Since the last registration; -1 before the first one. */
  millisecondsSinceUpdate(): number {
    const { updatedAt } = this.#admission;
    return updatedAt === undefined ? -1 : this.#options.now() - updatedAt;
  }

  onChange(listener: (change: RouteChange) => void): void {
    this.#table.feed.add(listener);
  }

  /** Of the table as the feed has told it. */
  get digest(): DigestValue {
    return this.#table.digest.value;
  }

  /** See `RouteTable.snapshot`. */
  snapshot(piece: number): Generator<RouteChange[], RouteChange[]> {
    return this.#table.snapshot(piece);
  }

  /** One by one; each is the same object for as long as it is in the table. */
  members(): Iterable<Member> {
    return this.#table.members();
  }

  /** How many endpoints are in which state, in pieces between which other work may be done. */
  *states(): Generator<void, StateCounts> {
    const counts = noStates();
    let work = 0;
    let moment = this.#moment;
    for (const member of this.#table.members()) {
      counts[this.#stateAt(moment, member)]++;
      if (++work % PER_PIECE > 0) continue;
      yield;
      moment = this.#moment;
    }
    return counts;
  }

  stateOf(member: Member): EndpointState {
    return this.#stateAt(this.#moment, member);
  }

  /** By the table's clock, and in the whole seconds of marks. */
  get #moment(): { readonly now: number; readonly second: number } {
    return { now: this.#now(), second: Math.floor(this.#options.now() / 1000) };
  }

  #stateAt(
    { now, second }: { readonly now: number; readonly second: number },
    member: Member,
  ): EndpointState {
    const { orders } = this;
    const known = orders.isEmpty ? null : this.view.factsOf(member);
    const order = known === null ? null : orders.of(known.facts, known.route);
    if (order !== null) return order === 'hold' ? 'held' : 'draining';
    return stateOf(member, now, second, this.#trust, this.#options.marks ?? null);
  }

  /** The table's own clock, in whole milliseconds. */
  get clock(): number {
    return this.#now();
  }

  /** By the table's clock: when it was announced, or would have been, were its age the time that counts (`Trust`). */
  announcedAt(member: Member): number {
    const now = this.#now();
    return now - this.#trust.countedAge(member, now);
  }

  /** The table as `/routes` shows it. */
  routesText(): Iterable<string> {
    return routesJson(this.#table);
  }

  /** The same as an object; for tables that are small. */
  routes(): RoutesJson {
    return JSON.parse([...this.routesText()].join(''));
  }

  /** Where a request goes. */
  lookUp(asked: AskedRoute): object {
    return lookupJson(this.#table, asked, this.#options.keepEmptyPools);
  }

  /** By which `refresh` knows a message again. */
  digestOf(payload: Uint8Array): string {
    return this.#admission.digestOf(payload);
  }

  /** Does what `register` would for a message that says what the table holds; `false` for any other. */
  refresh(digest: string): boolean {
    return this.#admission.refresh(digest);
  }

  /**
   * `digest`: of the message's payload if it holds nothing but this; default: it is not to be known again.
   * @param tag the routing API's; the bus has none
   */
  register(message: RouteMessage, digest?: string, tag: ModificationTag | null = null): void {
    this.#admission.register(message, digest, tag);
  }

  /** See `Admission.restore`. */
  restore(former: FormerMember): RestoreResult {
    return this.#admission.restore(former);
  }

  /** See `Admission.restoreStatic`. */
  restoreStatic(former: FormerStatic): RestoreResult {
    return this.#admission.restoreStatic(former);
  }

  /** Of what was restored of the routing API's, removes what it does not list; in pieces. */
  *dropFormer(isListed: (key: string, address: string) => boolean): Generator<void> {
    let work = 0;
    for (const member of this.restoredCount === 0 ? [] : this.#table.members()) {
      if (++work % PER_PIECE === 0) yield;
      const { origin, pool, held } = member;
      if (origin.kind !== 'snapshot' || origin.text !== ROUTING_API.text || pool === null) continue;
      const key = this.#table.pools.keyOf(pool);
      if (isListed(key, held.address)) continue;
      this.#options.log.info(
        'endpoint-unregistered',
        registrationData(key, this.#table.endpoint(held), null),
      );
      this.#removeAll([member]);
    }
  }

  /** See `Admission.place`. */
  place(message: RouteMessage, origin: Origin): PlaceResult {
    return this.#admission.place(message, origin);
  }

  /** What operators speak for. */
  get statics(): StaticMembers {
    return this.#table.statics;
  }

  /** Removes an operator's endpoints of a route but for those at `kept` addresses; answers how many. */
  withdraw(key: string, kept: ReadonlySet<string>): number {
    const pool = this.#table.pools.get(key);
    const members = pool === undefined ? [] : [...each(pool.members)];
    const gone = members.filter(({ origin, held }) => origin.kind === 'operator' && !kept.has(held.address));
    return this.#removeAll(gone);
  }

  /**
   * Removes operators' endpoints whose time is over, as many as a turn of the loop has room for; answers how many.
   * @param wall Unix milliseconds
   */
  expireStatics(wall: number): number {
    return this.#removeAll(this.#table.statics.over(wall).slice(0, STATICS_PER_TURN));
  }

  /** @param tag as of `register` */
  unregister(message: RouteMessage, tag: ModificationTag | null = null): void {
    if (!this.#inShard(message.isolationSegment)) return;
    const now = this.#now();
    for (const uri of message.uris) {
      this.#unregisterUri(uri, message, now, tag);
      this.#options.counters.unregistered(componentOf(message));
    }
  }

  /**
   * From here on the route's requests are shared out so, also if it comes later. Answers whether there is anything that
   * threads have yet to be told. @param split null: it is taken back
   */
  setSplit(key: string, split: Split | null): boolean {
    this.#splits.set(key, split);
    const pool = this.#table.pools.get(key);
    return pool !== undefined && this.#table.setSplit(pool, split);
  }

  /** See `endpointsIn`. */
  endpointsIn(key: string, split: Split, at: number): EndpointFacts[] {
    return endpointsIn(this.#table, key, split, at);
  }

  /** See `countArms`. */
  armsOf(key: string, split: Split): ArmCount[] {
    return countArms(split, factsOf(this.#table, key));
  }

  /** See `endpointsOf`. */
  endpointsOf(key: string, app: string): number {
    return endpointsOf(this.#table, key, app);
  }

  /** See `appsOf`. */
  appsOf(key: string): string[] {
    return appsOf(this.#table, key);
  }

  /** The bus has been lost, or is there (again). To be told at once, not only in the next round of pruning. */
  busIs(connected: boolean): void {
    if (!this.#bus.become(connected, this.#now()) || connected) return;
    this.#suspects.clear();
    for (const member of this.#table.members()) {
      const { held, origin } = member;
      if (held.tls !== 'verified' && origin.kind !== 'operator') this.#suspects.add(member);
    }
  }

  /**
   * Removes what has not been heard of for too long. Call it every `prune_stale_droplets_interval`; the round is over
   * when all pieces have been taken, between which other work may be done.
   */
  *prune(busConnected: boolean): Generator<void> {
    this.busIs(busConnected);
    yield* this.#pruning.round();
    if (this.#isReconciled) this.#suspects.clear();
  }

  /** Takes a TLS endpoint out of its pool, in which the next registration puts it again (docs/compatibility.md §2.6). */
  pruneFailed(failed: FailedEndpoint): void {
    this.#pruning.removeFailed(failed, this.#now());
  }

  /** The bus is there, and whoever has not spoken since has had the time for it and is gone. */
  get #isReconciled(): boolean {
    const { backSince } = this.#bus;
    if (backSince === null || this.restoredCount > 0 || this.staleCount > 0) return false;
    return this.#now() - backSince > Math.max(this.#options.reconcileAfter, this.#options.staleThreshold);
  }

  #removeAll(members: readonly Member[]): number {
    for (const member of members) {
      const pool = member.pool!;
      this.#table.removeMember(pool, member, this.#now());
      this.#dropIfIdle(pool);
    }
    return members.length;
  }

  #now(): number {
    return Math.floor((this.#options.running ?? this.#options.now)());
  }

  #unregisterUri(uri: string, message: RouteMessage, now: number, tag: ModificationTag | null): void {
    const { log } = this.#options;
    const key = routeKey(uri);
    const pool = this.#table.pools.get(key);
    const member = pool && memberAt(pool.members, message.address);
    const present = member === undefined ? null : this.#tags.of(member);
    if (pool === undefined || member === undefined || isOlder(tag, present)) {
      log.info('endpoint-not-unregistered', registrationData(uri, message, tag));
      if (pool === undefined || member !== undefined) return;
      this.#table.forgetTerms(pool, message.address);
    } else {
      const endpoint = this.#table.endpoint(member.held);
      this.#table.removeMember(pool, member, now);
      log.info('endpoint-unregistered', registrationData(uri, endpoint, present));
    }
    this.#dropIfIdle(pool);
  }

  #dropIfIdle(pool: Pool): void {
    if (!this.#table.isIdle(pool) || this.#emptyPoolLifetime > 0) return;
    const uri = this.#table.pools.keyOf(pool);
    this.#table.removePool(pool);
    this.#options.counters.routeUnregistered();
    this.#options.log.info('route-unregistered', { uri });
  }
}
