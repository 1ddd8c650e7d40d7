import type { RouteMessage } from '../bus/route-message.ts';
import type { PoolPolicy } from '../routing/change.ts';
import { isSucceededBy, type ModificationTag, sameTag } from '../routing/modification-tag.ts';
import { contextPath, routeKey } from '../routing/route-key.ts';
import type { PlannedEndpoint } from './backends.ts';
import type { BusPresence } from './bus-presence.ts';
import { componentOf } from './component-of.ts';
import { Eviction } from './eviction.ts';
import { Heartbeats } from './heartbeats.ts';
import type { HeldEndpoint } from './held-endpoint.ts';
import type { MemberTags } from './member-tags.ts';
import { type Member, memberAt } from './members.ts';
import { Newcomers } from './newcomers.ts';
import {
  BUS,
  type Origin,
  operatorOrigin,
  RestoredOrigins,
  ROUTING_API,
  type StaticOrder,
} from './origin.ts';
import type { Pool } from './pool.ts';
import { registrationData } from './registration-data.ts';
import type { RegistryOptions } from './registry-options.ts';
import type { RouteTable, Seen } from './route-table.ts';
import { segmentFilter } from './sharding.ts';
import type { Splits } from './splits.ts';
import type { Suspects } from './suspects.ts';
import type { Trust } from './trust.ts';

/** One endpoint of one route, as another process had it. */
export interface FormerMember {
  /** Of its endpoint: the same object says the same of it. Not read: its uris. */
  readonly message: RouteMessage;
  readonly uri: string;
  /** Milliseconds since it was announced, as far as they count, and since it was first seen. */
  readonly age: number;
  readonly seenFor: number;
  /** Who announced it. */
  readonly origin: string;
}

/** An operator's, as another process had it: its end is the operator's, and its age counts for nothing. */
export interface FormerStatic extends FormerMember {
  readonly order: StaticOrder;
}

/** What became of an endpoint that an operator has spoken for. */
export type PlaceResult = 'placed' | 'full' | 'other-segment';

/** `over`: it has not been announced for longer than it may serve. `known`: it has been announced already. */
export type RestoreResult = 'restored' | 'over' | 'known' | 'full' | 'other-segment';

/** Puts endpoints into the table, by what agents say of them and by what an earlier process knew. */
export class Admission {
  readonly #options: RegistryOptions;
  readonly #table: RouteTable;
  readonly #tags: MemberTags;
  readonly #bus: BusPresence;
  readonly #trust: Trust;
  readonly #suspects: Suspects;
  readonly #eviction: Eviction;
  readonly #splits: Splits;
  /** Null: whoever comes is served. */
  readonly #newcomers: Newcomers | null;
  readonly #inShard: (segment: string) => boolean;
  readonly #restoredOrigins = new RestoredOrigins();
  /** Of a pool that nothing is said of. */
  readonly #plainPolicy: PoolPolicy;
  /** Put in last, from what another process had. */
  #lastFormer: { readonly message: RouteMessage; readonly held: HeldEndpoint } | null = null;
  #updatedAt: number | undefined;

  constructor(options: RegistryOptions, { table, tags, bus, trust, suspects, splits }: AdmissionParts) {
    this.#options = options;
    this.#table = table;
    this.#tags = tags;
    this.#bus = bus;
    this.#trust = trust;
    this.#suspects = suspects;
    this.#eviction = new Eviction(options.log, { table, bus, suspects });
    this.#splits = splits;
    const { holds } = options;
    this.#newcomers = holds === undefined ? null : new Newcomers(holds, { table, bus, splits });
    this.#inShard = segmentFilter(options.sharding);
    this.#plainPolicy = {
      loadBalancing: options.defaultLoadBalancing,
      hashHeader: '',
      hashBalance: 0,
      routeServiceUrl: '',
      routePolicy: null,
      split: null,
    };
  }

  /** Monotonic milliseconds of the last registration. */
  get updatedAt(): number | undefined {
    return this.#updatedAt;
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
    const { session } = this.#bus;
    for (const member of heartbeat.members) {
      this.#table.announce(member, BUS, now, session);
      this.#options.counters.registered(heartbeat.component, 'refreshed');
    }
    this.#updatedAt = this.#options.now();
    return true;
  }

  /** See `Registry.register`. */
  register(message: RouteMessage, digest?: string, tag: ModificationTag | null = null): void {
    if (message.uris.length === 0) return;
    const now = this.#now();
    if (!this.#inShard(message.isolationSegment)) {
      // Whose routes are served elsewhere has its address all the same.
      this.#eviction.evictFrom(message, now);
      return;
    }
    const planned = this.#table.planEndpoint(message, this.#clipped(message.staleThreshold));
    if (planned === 'full') {
      this.#refuse(message.uris[0], message);
      return;
    }
    if (planned.isNew?.found.any === null) this.#eviction.evict(message, now);
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

  /** Puts an endpoint in that nobody has spoken of yet in this process, unless it has had its time. */
  restore({ message, uri, age, seenFor, origin: text }: FormerMember): RestoreResult {
    if (!this.#inShard(message.isolationSegment)) return 'other-segment';
    const now = this.#now();
    const threshold = this.#clipped(message.staleThreshold);
    const verified = message.tls && message.serverCertDomainSan !== '';
    if (age > this.#trust.longest(threshold * 1000, verified)) return 'over';
    if (this.#memberOf(uri, message) !== undefined) return 'known';
    const origin = this.#restoredOrigins.of(text, verified);
    const seen = seenBefore(origin, now, age, seenFor);
    const member = this.#putOne(message, uri, threshold, now, seen);
    if (member === 'full') return 'full';
    if (!verified) this.#suspects.add(member);
    return 'restored';
  }

  /** The same of one that an operator spoke for. Whether its time is over is for the caller to know. */
  restoreStatic({ message, uri, age, seenFor, order }: FormerStatic): RestoreResult {
    if (!this.#inShard(message.isolationSegment)) return 'other-segment';
    if (this.#memberOf(uri, message) !== undefined) return 'known';
    const now = this.#now();
    const seen = seenBefore(operatorOrigin(order), now, age, seenFor);
    const member = this.#putOne(message, uri, this.#clipped(message.staleThreshold), now, seen);
    return member === 'full' ? 'full' : 'restored';
  }

  /** An operator speaks for an endpoint of one route, and whoever speaks last is right. @param message with one uri */
  place(message: RouteMessage, origin: Origin): PlaceResult {
    if (!this.#inShard(message.isolationSegment)) return 'other-segment';
    const now = this.#now();
    const threshold = this.#clipped(message.staleThreshold);
    const uri = message.uris[0]!;
    const member = this.#memberOf(uri, message);
    const { session } = this.#bus;
    if (member === undefined) {
      const seen = { origin, refreshedAt: now, firstSeenAt: now, session };
      const put = this.#putOne(message, uri, threshold, now, seen);
      return put === 'full' ? 'full' : 'placed';
    }
    const planned = this.#table.planEndpoint(message, threshold);
    if (planned === 'full') return 'full';
    const held = this.#table.holdEndpoint(planned);
    this.#table.announce(member, origin, now, session);
    if (member.held !== held) this.#table.replace(member.pool!, member, held, message, now);
    this.#tags.set(member, null);
    return 'placed';
  }

  #memberOf(uri: string, { address }: RouteMessage): Member | undefined {
    const pool = this.#table.pools.get(routeKey(uri));
    return pool && memberAt(pool.members, address);
  }

  /** Into the pool of one uri, in which nothing has its address. */
  #putOne(message: RouteMessage, uri: string, threshold: number, now: number, seen: Seen): Member | 'full' {
    const planned = this.#planFormer(message, threshold);
    if (planned === 'full') return 'full';
    const key = routeKey(uri);
    const known = this.#table.pools.get(key);
    const pool = known ?? this.#planPool(key, uri, now);
    if (pool === 'full') {
      this.#table.discardEndpoint(planned);
      return 'full';
    }
    const held = this.#table.holdEndpoint(planned);
    this.#lastFormer = { message, held };
    if (known === undefined) this.#table.addPool(pool);
    return this.#table.add(pool, held, message, now, seen);
  }

  /** The routes of one endpoint mostly come one after the other: it is looked for once, as long as the table has it. */
  #planFormer(message: RouteMessage, threshold: number): PlannedEndpoint | 'full' {
    const last = this.#lastFormer;
    if (last?.message === message && last.held.uses > 0 && last.held.staleThreshold === threshold) {
      return { held: last.held, isNew: null };
    }
    return this.#table.planEndpoint(message, threshold);
  }

  /** There is none with this key. */
  #planPool(key: string, uri: string, now: number): Pool | 'full' {
    const split = this.#splits.of(key);
    const policy = split === null ? this.#plainPolicy : { ...this.#plainPolicy, split };
    return this.#table.pools.plan(key, contextPath(uri), policy, now);
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
        pool = this.#planPool(key, uri, now);
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
    for (const member of members) this.#tags.set(member, tag);
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
    const present = this.#tags.of(member);
    return !isSucceededBy(present, tag) && !(member.held === held && sameTag(present, tag));
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
    const origin: Origin = tag === null ? BUS : ROUTING_API;
    const { session } = this.#bus;
    const member = memberAt(pool.members, message.address);
    if (member !== undefined && member.held === held) {
      if (member.heartbeat !== null) table.heartbeats.forget(member.heartbeat);
      table.announce(member, origin, now, session);
      counters.registered(component, 'refreshed');
      return member;
    }
    if (!table.pools.has(pool)) this.#addPool(pool);
    this.#newcomers?.admit(pool, message.appId, member);
    if (member !== undefined) {
      table.announce(member, origin, now, session);
      table.replace(pool, member, held, message, now);
      counters.registered(component, 'updated');
      log.debug('endpoint-registered', registrationData(uri, message, tag));
      return member;
    }
    const added = table.add(pool, held, message, now, {
      origin,
      refreshedAt: now,
      firstSeenAt: now,
      session,
    });
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

  /** Seconds; a registration can only shorten the router's threshold. */
  #clipped(staleThreshold: number): number {
    const longest = this.#options.staleThreshold / 1000;
    return staleThreshold === 0 || staleThreshold > longest ? longest : staleThreshold;
  }
}

export interface AdmissionParts {
  readonly table: RouteTable;
  readonly tags: MemberTags;
  readonly bus: BusPresence;
  readonly trust: Trust;
  readonly suspects: Suspects;
  readonly splits: Splits;
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

/** In times before this one. Milliseconds. */
function seenBefore(origin: Origin, now: number, age: number, seenFor: number): Seen {
  return {
    origin,
    refreshedAt: now - Math.ceil(age),
    firstSeenAt: now - Math.ceil(seenFor),
    session: -1,
  };
}
