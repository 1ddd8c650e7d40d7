import type { RouteMessage } from '../bus/route-message.ts';
import type { FailedEndpoint, PoolPolicy, RouteChange } from '../routing/change.ts';
import type { LoadBalancing } from '../routing/endpoint.ts';
import { isOlder, isSucceededBy, type ModificationTag, sameTag } from '../routing/modification-tag.ts';
import { contextPath, routeKey } from '../routing/route-key.ts';
import type { DigestValue } from '../routing/table-digest.ts';
import type { ComponentLog } from '../telemetry/component-log.ts';
import type { BackendsMemory, PlannedEndpoint } from './backends.ts';
import { Heartbeats } from './heartbeats.ts';
import type { HeldEndpoint } from './held-endpoint.ts';
import { type AskedRoute, lookupJson } from './lookup-json.ts';
import { countOf, type Member, memberAt } from './members.ts';
import type { Pool } from './pool.ts';
import { Pruning } from './pruning.ts';
import { registrationData } from './registration-data.ts';
import type { RegistryCounters } from './registry-counters.ts';
import { RouteTable } from './route-table.ts';
import { type RoutesJson, routesJson } from './routes-json.ts';
import { type Sharding, segmentFilter } from './sharding.ts';

export interface RegistryOptions extends BackendsMemory {
  /** Monotonic milliseconds. */
  now(): number;
  /** The same without the time that the process stood still, by which endpoints age. Default: it never does. */
  running?(): number;
  /** `droplet_stale_threshold` in milliseconds: the longest an endpoint without TLS lives after a heartbeat. */
  readonly staleThreshold: number;
  /** `suspend_pruning_if_nats_unavailable` */
  readonly suspendPruning: boolean;
  /** `empty_pool_response_code_503` */
  readonly keepEmptyPools: boolean;
  /** `empty_pool_timeout` in milliseconds; 0 removes an emptied pool at once even when they are kept. */
  readonly emptyPoolTimeout: number;
  readonly defaultLoadBalancing: LoadBalancing;
  readonly sharding: Sharding;
  readonly log: ComponentLog;
  readonly counters: RegistryCounters;
  /** Default: not measured. */
  readonly latency?: RegistrationLatency;
}

/** How long new endpoints took from their `endpoint_updated_at_ns` to the table. */
interface RegistrationLatency {
  /** Milliseconds since 1970, with fractions: the stamp is another machine's wall clock. */
  wallNow(): number;
  /** Monotonic milliseconds: before, endpoints are new to this router alone (`route_latency_metric_muzzle_duration`). */
  readonly from: number;
  observe(milliseconds: number): void;
}

export interface HashedRoute {
  readonly route: string;
  readonly endpoints: number;
}

/** The authoritative route table, fed by the bus. Semantics: docs/compatibility.md §1.5 to §1.7, §2.8, §2.9. */
export class Registry {
  readonly #options: RegistryOptions;
  readonly #inShard: (segment: string) => boolean;
  readonly #emptyPoolLifetime: number;
  /** Of a pool that nothing is said of. */
  readonly #plainPolicy: PoolPolicy;
  readonly #table: RouteTable;
  readonly #pruning: Pruning;
  /** Of members that the routing API knows; none are kept for the others. Null without such members. */
  #tags: WeakMap<Member, ModificationTag> | null = null;
  #updatedAt: number | undefined;

  constructor(options: RegistryOptions) {
    this.#options = options;
    this.#inShard = segmentFilter(options.sharding);
    this.#emptyPoolLifetime = options.keepEmptyPools ? options.emptyPoolTimeout : 0;
    this.#plainPolicy = {
      loadBalancing: options.defaultLoadBalancing,
      hashHeader: '',
      hashBalance: 0,
      routeServiceUrl: '',
      routePolicy: null,
    };
    this.#table = new RouteTable(options);
    this.#pruning = new Pruning(this.#table, {
      ...options,
      now: options.running ?? options.now,
      emptyPoolLifetime: this.#emptyPoolLifetime,
    });
  }

  get poolCount(): number {
    return this.#table.pools.size;
  }

  /** Members of all pools together. */
  get endpointCount(): number {
    return this.#table.endpointCount;
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
    return this.#updatedAt === undefined ? -1 : this.#options.now() - this.#updatedAt;
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
    return Heartbeats.digest(payload);
  }

  /** Does what `register` would for a message that says what the table holds; `false` for any other. */
  refresh(digest: string): boolean {
    const heartbeat = this.#table.heartbeats.find(digest);
    if (heartbeat === undefined) return false;
    const now = this.#now();
    for (const member of heartbeat.members) {
      member.refreshedAt = now;
      this.#options.counters.registered(heartbeat.component, 'refreshed');
    }
    this.#updatedAt = this.#options.now();
    return true;
  }

  /**
   * `digest`: of the message's payload if it holds nothing but this; default: it is not to be known again.
   * @param tag the routing API's; the bus has none
   */
  register(message: RouteMessage, digest?: string, tag: ModificationTag | null = null): void {
    if (message.uris.length === 0 || !this.#inShard(message.isolationSegment)) return;
    const now = this.#now();
    const planned = this.#table.planEndpoint(message, this.#clipped(message.staleThreshold));
    if (planned === 'full') {
      this.#refuse(message.uris[0], message);
      return;
    }
    const component = componentOf(message);
    if (tag !== null && this.#isOutdated(message, planned.held, tag)) {
      this.#table.discardEndpoint(planned);
      this.#options.counters.registered(component, 'unmodified');
      this.#options.log.debug('endpoint-not-registered', registrationData(message.uris[0]!, message, tag));
      return;
    }
    const pools = this.#planPools(message, now);
    if (pools.includes('full')) for (const uri of without(pools, message.uris)) this.#refuse(uri, message);
    if (pools.every((pool) => pool === 'full')) this.#table.discardEndpoint(planned);
    else this.#commit({ message, planned, pools, component, now, tag, digest });
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
   * Removes what has not been heard of for too long. Call it every `prune_stale_droplets_interval`; the round is over
   * when all pieces have been taken, between which other work may be done.
   */
  prune(busConnected: boolean): Iterable<void> {
    return this.#pruning.round(busConnected);
  }

  /** Takes a TLS endpoint out of its pool, in which the next registration puts it again (docs/compatibility.md §2.6). */
  pruneFailed(failed: FailedEndpoint): void {
    this.#pruning.removeFailed(failed, this.#now());
  }

  /** One for each uri; those that are not in the table yet are planned. */
  #planPools({ uris }: RouteMessage, now: number): (Pool | 'full')[] {
    const { pools } = this.#table;
    const found: (Pool | 'full')[] = [];
    // Of one uri nothing can be said twice.
    const planned = uris.length > 1 ? new Map<string, Pool | 'full'>() : null;
    for (const uri of uris) {
      const key = routeKey(uri);
      let pool = pools.get(key) ?? planned?.get(key);
      if (pool === undefined) {
        pool = pools.plan(key, contextPath(uri), this.#plainPolicy, now);
        planned?.set(key, pool);
      }
      found.push(pool);
    }
    return found;
  }

  /** Everything there is to be had for it is there: from here on nothing can fail. */
  #commit({ message, planned, pools, component, now, tag, digest }: Registration): void {
    const held = this.#table.holdEndpoint(planned);
    const members: Member[] = [];
    for (let at = 0; at < pools.length; at++) {
      const pool = pools[at]!;
      if (pool === 'full') continue;
      members.push(this.#registerIn(pool, message.uris[at]!, message, held, component, now, tag));
    }
    for (const member of members) this.#tag(member, tag);
    this.#updatedAt = this.#options.now();
    const isWhole = members.length === message.uris.length;
    if (isWhole && digest !== undefined) this.#table.heartbeats.remember(digest, members, component);
  }

  /**
   * Whether the routing API's message, which is for one uri, comes after a newer one. Its heartbeats have newer tags
   * and nothing else new, which is no news to the proxy threads.
   */
  #isOutdated({ uris, address }: RouteMessage, held: HeldEndpoint, tag: ModificationTag): boolean {
    const pool = this.#table.pools.get(routeKey(uris[0]!));
    const member = pool && memberAt(pool.members, address);
    if (member === undefined) return false;
    const present = this.#tagOf(member);
    return !isSucceededBy(present, tag) && !(member.held === held && sameTag(present, tag));
  }

  #tagOf(member: Member): ModificationTag | null {
    return this.#tags?.get(member) ?? null;
  }

  #tag(member: Member, tag: ModificationTag | null): void {
    if (tag !== null) {
      this.#tags ??= new WeakMap();
      this.#tags.set(member, tag);
    } else this.#tags?.delete(member);
  }

  /** Whole milliseconds of running time: V8 keeps a fraction in an object of its own, and there are as many as members. */
  #now(): number {
    return Math.floor((this.#options.running ?? this.#options.now)());
  }

  #registerIn(
    pool: Pool,
    uri: string,
    message: RouteMessage,
    held: HeldEndpoint,
    component: string,
    now: number,
    tag: ModificationTag | null,
  ): Member {
    const { counters, log } = this.#options;
    const table = this.#table;
    const member = memberAt(pool.members, message.address);
    if (member !== undefined && member.held === held) {
      if (member.heartbeat !== null) table.heartbeats.forget(member.heartbeat);
      member.refreshedAt = now;
      counters.registered(component, 'refreshed');
      return member;
    }
    if (!table.pools.has(pool)) this.#addPool(pool);
    if (member !== undefined) {
      table.replace(pool, member, held, message, now);
      counters.registered(component, 'updated');
      log.debug('endpoint-registered', registrationData(uri, message, tag));
      return member;
    }
    const added = table.add(pool, held, message, now);
    this.#measure(message);
    counters.registered(component, 'added');
    log.info('endpoint-registered', registrationData(uri, message, tag));
    return added;
  }

  #measure({ updatedAtNs }: RouteMessage): void {
    const { latency, now } = this.#options;
    if (latency === undefined || updatedAtNs === '0' || now() < latency.from) return;
    latency.observe(latency.wallNow() - Number(updatedAtNs) / 1e6);
  }

  #addPool(pool: Pool): void {
    this.#table.addPool(pool);
    this.#options.counters.routeRegistered();
    const uri = this.#table.pools.keyOf(pool);
    this.#options.log.debug('uri-added', { uri });
    this.#options.log.info('route-registered', { uri });
  }

  #refuse(uri: string | undefined, { address }: RouteMessage): void {
    this.#options.counters.refused();
    this.#options.log.error('registration-refused-no-slot', { uri, backend: address });
  }

  #unregisterUri(uri: string, message: RouteMessage, now: number, tag: ModificationTag | null): void {
    const { log } = this.#options;
    const key = routeKey(uri);
    const pool = this.#table.pools.get(key);
    const member = pool && memberAt(pool.members, message.address);
    const present = member === undefined ? null : this.#tagOf(member);
    if (pool === undefined || member === undefined || isOlder(tag, present)) {
      log.info('endpoint-not-unregistered', registrationData(uri, message, tag));
      if (pool === undefined || member !== undefined) return;
      this.#table.forgetTerms(pool, message.address);
    } else {
      const endpoint = this.#table.endpoint(member.held);
      this.#table.removeMember(pool, member, now);
      log.info('endpoint-unregistered', registrationData(uri, endpoint, present));
    }
    if (!this.#table.isIdle(pool) || this.#emptyPoolLifetime > 0) return;
    this.#table.removePool(pool);
    this.#options.counters.routeUnregistered();
    log.info('route-unregistered', { uri: key });
  }

  /** Seconds; a registration can only shorten the router's threshold. */
  #clipped(staleThreshold: number): number {
    const longest = this.#options.staleThreshold / 1000;
    return staleThreshold === 0 || staleThreshold > longest ? longest : staleThreshold;
  }
}

/** A register message and all that it needs. */
interface Registration {
  readonly message: RouteMessage;
  readonly planned: PlannedEndpoint;
  /** One for each uri; `full`: there was no room for it. */
  readonly pools: readonly (Pool | 'full')[];
  readonly component: string;
  readonly now: number;
  readonly tag: ModificationTag | null;
  readonly digest: string | undefined;
}

/** Those for which there was no room. */
function without(pools: readonly (Pool | 'full')[], uris: readonly string[]): string[] {
  return uris.filter((_, at) => pools[at] === 'full');
}

/** The metric label: system components name themselves in a tag, applications do not. */
function componentOf(message: RouteMessage): string {
  return message.tags?.['component'] ?? '';
}
