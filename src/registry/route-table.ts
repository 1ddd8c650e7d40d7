import type { RouteMessage } from '../bus/route-message.ts';
import { NO_RECORD, type PoolPolicy, type RouteChange } from '../routing/change.ts';
import type { EndpointFacts } from '../routing/endpoint.ts';
import type { Split } from '../routing/split.ts';
import { TableDigest } from '../routing/table-digest.ts';
import { Backends, type BackendsMemory, type PlannedEndpoint } from './backends.ts';
import { ChangeFeed } from './change-feed.ts';
import { Heartbeats } from './heartbeats.ts';
import type { HeldEndpoint } from './held-endpoint.ts';
import { countOf, each, type Member, withMember, withoutMember } from './members.ts';
import type { Origin } from './origin.ts';
import type { PackedEndpoint } from './packed-registration.ts';
import type { Pool } from './pool.ts';
import { type Balancing, strictest, withBalancing, withTerms } from './pool-policy.ts';
import { NO_TERMS, PoolTerms, saysNothing } from './pool-terms.ts';
import { Pools } from './pools.ts';
import { StaticMembers } from './static-members.ts';

/**
 * Pools, their members and the backends behind them, kept in step. What may fail is planned first (`planEndpoint`,
 * `Pools.plan`) and changes nothing; what changes the table cannot fail, and is told in the feed.
 */
export class RouteTable {
  readonly feed = new ChangeFeed();
  readonly heartbeats = new Heartbeats();
  readonly pools: Pools;
  /** Of all that the feed has told. */
  readonly digest: TableDigest;
  /** Those that an operator speaks for. */
  readonly statics = new StaticMembers();
  readonly #backends: Backends;
  /** Pools in which something holds that an endpoint said that has been taken out. */
  readonly #lasting = new Set<Pool>();
  /** Pools that are balanced by hash. */
  readonly #hashed = new Set<Pool>();
  #endpointCount = 0;
  #restoredCount = 0;

  constructor(memory: BackendsMemory) {
    const { records, epochs } = memory;
    this.pools = new Pools(records, epochs);
    this.digest = new TableDigest(records.reader);
    this.#backends = new Backends(memory);
  }

  /** Members of all pools together. */
  get endpointCount(): number {
    return this.#endpointCount;
  }

  /** Those of which nobody has spoken since this process began. */
  get restoredCount(): number {
    return this.#restoredCount;
  }

  get backendCount(): number {
    return this.#backends.count;
  }

  /** One by one, in the order of their pools; what is added or removed meanwhile may be among them or not. */
  *members(): Generator<Member> {
    for (const pool of this.pools.values()) yield* each(pool.members);
  }

  hashedPools(): Iterable<Pool> {
    return this.#hashed;
  }

  /** See `Backends.packedOf`. */
  packedOf(held: HeldEndpoint, mostBytes: number): PackedEndpoint | null {
    return this.#backends.packedOf(held, mostBytes);
  }

  endpoint(held: HeldEndpoint): EndpointFacts {
    return this.#backends.factsOf(held);
  }

  /** See `Backends`. */
  planEndpoint(message: RouteMessage, staleThreshold: number): PlannedEndpoint | 'full' {
    return this.#backends.plan(message, staleThreshold);
  }

  holdEndpoint(planned: PlannedEndpoint): HeldEndpoint {
    return this.#backends.hold(planned);
  }

  discardEndpoint(planned: PlannedEndpoint): void {
    this.#backends.discard(planned);
  }

  /** Puts a planned pool into the table, without members. */
  addPool(pool: Pool): void {
    this.pools.add(pool);
    this.digest.putPool(pool);
    this.feed.emit({ kind: 'pool-put', pool });
  }

  /** Puts an endpoint into a pool in which none has its address. */
  add(pool: Pool, held: HeldEndpoint, said: Balancing, now: number, seen: Seen): Member {
    const member: Member = { held, pool, heartbeat: null, ...seen };
    held.uses++;
    pool.members = withMember(pool.members, member);
    this.#endpointCount++;
    if (seen.origin.kind === 'snapshot') this.#restoredCount++;
    if (seen.origin.kind === 'operator') this.statics.add(member);
    this.#hear(pool, held);
    const next = this.#turnTo(pool, said, now);
    this.#emitPut(pool, held, NO_RECORD);
    this.#setPolicy(pool, next);
    return member;
  }

  /** Somebody has spoken of it. */
  announce(member: Member, origin: Origin, now: number, session: number): void {
    member.refreshedAt = now;
    member.session = session;
    if (member.origin === origin) return;
    if (member.origin.kind === 'snapshot') this.#restoredCount--;
    const wasStatic = member.origin.kind === 'operator';
    member.origin = origin;
    if (origin.kind === 'operator') this.statics.add(member);
    else if (wasStatic) this.statics.leave(member);
  }

  /** Puts an endpoint in the place of a member with its address, which has been announced. */
  replace(pool: Pool, member: Member, held: HeldEndpoint, said: Balancing, now: number): void {
    const replaced = member.held;
    this.#forget(member);
    member.held = held;
    held.uses++;
    this.#hear(pool, held);
    const next = this.#turnTo(pool, said, now);
    this.#emitPut(pool, held, replaced.record);
    this.#setPolicy(pool, next);
    this.#backends.release(replaced);
  }

  /** @param back whether it is expected back: what it says of the pool then holds on for as long as it may be silent */
  removeMember(pool: Pool, member: Member, now: number, back = false): void {
    const { held } = member;
    this.#forget(member);
    pool.members = withoutMember(pool.members, member);
    member.pool = null;
    this.#endpointCount--;
    if (member.origin.kind === 'snapshot') this.#restoredCount--;
    this.statics.remove(member);
    if (back && held.hasTerms) this.#keepTerms(pool, held, now);
    else this.#unsay(pool, held.address);
    const next = this.#turnTo(pool, NOTHING_SAID, now);
    this.digest.removeEndpoint(pool.id, held.record);
    this.feed.emit({ kind: 'endpoint-gone', pool, record: held.record });
    this.#setPolicy(pool, next);
    this.#backends.release(held);
  }

  /** What an endpoint said that is no member any more, if it still holds. */
  forgetTerms(pool: Pool, address: string): void {
    this.#unsay(pool, address);
    this.#setPolicy(pool, this.#withTerms(pool));
  }

  /** How the requests of a pool are shared out from here on; null: all members are alike. Answers whether it is news. */
  setSplit(pool: Pool, split: Split | null): boolean {
    if (pool.policy.split === split) return false;
    this.#setPolicy(pool, { ...pool.policy, split });
    return true;
  }

  /** What has held on for long enough holds no longer. @param thawedAt see `PoolTerms.expire` */
  expireTerms(now: number, thawedAt: number): void {
    for (const pool of this.#lasting) {
      pool.terms?.expire(now, thawedAt);
      this.#tidy(pool);
      this.#setPolicy(pool, this.#withTerms(pool));
    }
  }

  /** Nobody is in it, or says anything of it that would be forgotten with it. */
  isIdle(pool: Pool): boolean {
    return countOf(pool.members) === 0 && !this.#lasting.has(pool);
  }

  removePool(pool: Pool): void {
    this.#lasting.delete(pool);
    this.#hashed.delete(pool);
    this.digest.removePool(pool);
    this.pools.remove(pool);
    this.feed.emit({ kind: 'pool-gone', pool });
  }

  /**
   * What builds this table in an empty replica, in pieces of about so many changes, the last one returned. Pools
   * come in the order of their rows; what changes between two pieces must be told too of pools in those before.
   */
  *snapshot(piece: number): Generator<RouteChange[], RouteChange[]> {
    let changes: RouteChange[] = [];
    for (const pool of this.pools.values()) {
      changes.push({ kind: 'pool-put', pool });
      for (const { held } of each(pool.members)) {
        changes.push({ kind: 'endpoint-put', pool, record: held.record, replaced: NO_RECORD });
      }
      if (changes.length < piece) continue;
      yield changes;
      changes = [];
    }
    return changes;
  }

  /**
   * Before the feed is told of a pool's new members: from here on the pool is no less guarded than either those or the
   * ones of before ask. Answers the policy that it has once they are told of.
   */
  #turnTo(pool: Pool, said: Balancing, now: number): PoolPolicy {
    pool.changedAt = now;
    const next = withBalancing(this.#withTerms(pool), said);
    this.#setPolicy(pool, strictest(pool.policy, next));
    return next;
  }

  #withTerms({ policy, terms }: Pool): PoolPolicy {
    return terms === null && saysNothing(policy) ? policy : withTerms(policy, terms ?? NO_TERMS);
  }

  #setPolicy(pool: Pool, policy: PoolPolicy): void {
    if (policy === pool.policy) return;
    this.digest.removePool(pool);
    pool.policy = policy;
    if (policy.loadBalancing === 'hash') this.#hashed.add(pool);
    else this.#hashed.delete(pool);
    this.digest.putPool(pool);
    this.feed.emit({ kind: 'pool-put', pool });
  }

  #hear(pool: Pool, held: HeldEndpoint): void {
    if (held.hasTerms) {
      pool.terms ??= new PoolTerms();
      pool.terms.say(held.address, this.endpoint(held));
      this.#tidy(pool);
    } else this.#unsay(pool, held.address);
  }

  #keepTerms(pool: Pool, { address, staleThreshold }: HeldEndpoint, now: number): void {
    pool.terms?.last(address, now, staleThreshold * 1000);
    this.#lasting.add(pool);
  }

  #unsay(pool: Pool, address: string): void {
    pool.terms?.forget(address);
    this.#tidy(pool);
  }

  /** Something that was said of it may hold no longer. */
  #tidy(pool: Pool): void {
    if (pool.terms?.isEmpty) pool.terms = null;
    if (pool.terms?.isLasting !== true) this.#lasting.delete(pool);
  }

  #emitPut(pool: Pool, { record }: HeldEndpoint, replaced: number): void {
    if (replaced !== NO_RECORD) this.digest.removeEndpoint(pool.id, replaced);
    this.digest.putEndpoint(pool.id, record);
    this.feed.emit({ kind: 'endpoint-put', pool, record, replaced });
  }

  #forget({ heartbeat }: Member): void {
    if (heartbeat !== null) this.heartbeats.forget(heartbeat);
  }
}

/** Whole monotonic milliseconds, and who spoke of it last. */
export type Seen = Pick<Member, 'origin' | 'firstSeenAt' | 'refreshedAt' | 'session'>;

const NOTHING_SAID: Balancing = { loadBalancing: '', hashHeader: '', hashBalance: 0 };
