import type { RouteMessage } from '../bus/route-message.ts';
import type { PoolSettings, RouteChange } from '../routing/change.ts';
import type { Endpoint } from '../routing/endpoint.ts';
import { Backends } from './backends.ts';
import { ChangeFeed } from './change-feed.ts';
import { type Member, type Pool, settingsAfter } from './pool.ts';
import type { Slots } from './slots.ts';
import { snapshotOf } from './snapshot.ts';

/** Pools, their members and the backends behind them, kept in step; every mutation is one change in the feed. */
export class RouteTable {
  readonly feed = new ChangeFeed();
  readonly #pools = new Map<string, Pool>();
  readonly #byId = new Map<number, Pool>();
  readonly #backends: Backends;
  #endpointCount = 0;
  #nextPool = 1;

  constructor(slots: Slots) {
    this.#backends = new Backends(slots);
  }

  get pools(): ReadonlyMap<string, Pool> {
    return this.#pools;
  }

  poolOf(id: number): Pool | undefined {
    return this.#byId.get(id);
  }

  /** Members of all pools together. */
  get endpointCount(): number {
    return this.#endpointCount;
  }

  get backendCount(): number {
    return this.#backends.count;
  }

  snapshot(): RouteChange[] {
    return snapshotOf(this.#pools.values());
  }

  /** The message's endpoint, to be put into one pool; `full` when there is no slot left for its backend. */
  acquire(message: RouteMessage, staleThreshold: number): Endpoint | 'full' {
    return this.#backends.acquire(message, staleThreshold);
  }

  addPool(settings: Omit<PoolSettings, 'id'>, now: number): Pool {
    const pool: Pool = {
      settings: { id: this.#nextPool++, ...settings },
      members: new Map(),
      changedAt: now,
    };
    this.#pools.set(settings.routeKey, pool);
    this.#byId.set(pool.settings.id, pool);
    this.feed.emit({ kind: 'pool-put', pool: pool.settings });
    return pool;
  }

  /** Makes the pool follow its last registration. */
  follow(pool: Pool, registration: Parameters<typeof settingsAfter>[1]): void {
    const settings = settingsAfter(pool.settings, registration);
    if (settings === pool.settings) return;
    pool.settings = settings;
    this.feed.emit({ kind: 'pool-put', pool: settings });
  }

  /** Adds an acquired endpoint, or puts it in the place of the member with its address. */
  putMember(pool: Pool, endpoint: Endpoint, now: number): 'added' | 'updated' {
    const member = pool.members.get(endpoint.address);
    if (member === undefined) {
      pool.members.set(endpoint.address, { endpoint, refreshedAt: now });
      this.#endpointCount++;
    } else {
      this.#backends.release(member.endpoint);
      member.endpoint = endpoint;
      member.refreshedAt = now;
    }
    pool.changedAt = now;
    this.feed.emit({ kind: 'endpoint-put', pool: pool.settings.id, endpoint });
    return member === undefined ? 'added' : 'updated';
  }

  removeMember(pool: Pool, { endpoint }: Member, now: number): void {
    pool.members.delete(endpoint.address);
    pool.changedAt = now;
    this.#endpointCount--;
    this.#backends.release(endpoint);
    this.feed.emit({ kind: 'endpoint-gone', pool: pool.settings.id, address: endpoint.address });
  }

  removePool({ settings }: Pool): void {
    this.#pools.delete(settings.routeKey);
    this.#byId.delete(settings.id);
    this.feed.emit({ kind: 'pool-gone', pool: settings.id });
  }
}
