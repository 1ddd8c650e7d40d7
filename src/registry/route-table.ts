import type { RouteMessage } from '../bus/route-message.ts';
import { NO_RECORD, type PoolPolicy, type RouteChange } from '../routing/change.ts';
import type { EndpointFacts } from '../routing/endpoint.ts';
import { Backends } from './backends.ts';
import { ChangeFeed } from './change-feed.ts';
import type { Epochs } from './epochs.ts';
import { Heartbeats } from './heartbeats.ts';
import type { HeldEndpoint } from './held-endpoint.ts';
import { each, type Member, withMember, withoutMember } from './members.ts';
import { type Pool, policyAfter } from './pool.ts';
import { Pools } from './pools.ts';
import type { RecordStore } from './record-store.ts';
import type { Seats } from './seats.ts';

/** Where the table writes what all threads are to know. */
export interface TableMemory {
  readonly seats: Seats;
  readonly records: RecordStore;
  readonly epochs: Epochs;
}

/** Pools, their members and the backends behind them, kept in step; every mutation is one change in the feed. */
export class RouteTable {
  readonly feed = new ChangeFeed();
  readonly heartbeats = new Heartbeats();
  readonly pools: Pools;
  readonly #backends: Backends;
  #endpointCount = 0;

  constructor({ seats, records, epochs }: TableMemory) {
    this.pools = new Pools(records, epochs);
    this.#backends = new Backends(seats, records, epochs);
  }

  /** Members of all pools together. */
  get endpointCount(): number {
    return this.#endpointCount;
  }

  get backendCount(): number {
    return this.#backends.count;
  }

  endpoint(held: HeldEndpoint): EndpointFacts {
    return this.#backends.endpoint(held);
  }

  /** The message's endpoint, to be put into pools; `full` when there is no room left for it. */
  find(message: RouteMessage, staleThreshold: number): HeldEndpoint | 'full' {
    return this.#backends.find(message, staleThreshold);
  }

  /** After `find`, when it is put into no pool. */
  dropUnused(held: HeldEndpoint): void {
    this.#backends.dropUnused(held);
  }

  /** See `Pools.add`. */
  addPool(routeKey: string, contextPath: string, policy: PoolPolicy, now: number): Pool | 'full' {
    const pool = this.pools.add(routeKey, contextPath, policy, now);
    if (pool !== 'full') this.feed.emit({ kind: 'pool-put', pool });
    return pool;
  }

  /** Makes the pool follow its last registration. */
  follow(pool: Pool, registration: Parameters<typeof policyAfter>[1]): void {
    const policy = policyAfter(pool.policy, registration);
    if (policy === pool.policy) return;
    pool.policy = policy;
    this.feed.emit({ kind: 'pool-put', pool });
  }

  add(pool: Pool, held: HeldEndpoint, now: number): Member {
    const member = { held, refreshedAt: now, heartbeat: null };
    held.uses++;
    pool.members = withMember(pool.members, member);
    pool.changedAt = now;
    this.#endpointCount++;
    this.#emitPut(pool, held, NO_RECORD);
    return member;
  }

  /** Puts an endpoint in the place of a member with its address. */
  replace(pool: Pool, member: Member, held: HeldEndpoint, now: number): void {
    const replaced = member.held;
    this.#forget(member);
    member.held = held;
    member.refreshedAt = now;
    held.uses++;
    this.#backends.release(replaced);
    pool.changedAt = now;
    this.#emitPut(pool, held, replaced.record);
  }

  removeMember(pool: Pool, member: Member, now: number): void {
    const { held } = member;
    this.#forget(member);
    pool.members = withoutMember(pool.members, member);
    pool.changedAt = now;
    this.#endpointCount--;
    this.#backends.release(held);
    this.feed.emit({ kind: 'endpoint-gone', pool, record: held.record });
  }

  removePool(pool: Pool): void {
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

  #emitPut(pool: Pool, { record }: HeldEndpoint, replaced: number): void {
    this.feed.emit({ kind: 'endpoint-put', pool, record, replaced });
  }

  #forget({ heartbeat }: Member): void {
    if (heartbeat !== null) this.heartbeats.forget(heartbeat);
  }
}
