import type { RouteMessage } from '../src/bus/route-message.ts';
import type { LoadBalancing } from '../src/routing/endpoint.ts';

export interface NaiveOptions {
  readonly staleThreshold: number;
  readonly suspendPruning: boolean;
  readonly emptyPoolLifetime: number;
  readonly segments: readonly string[];
}

/** What an endpoint said of its route; `ttl`: it has been taken out at that time, and what it said holds for so long. */
interface Saying {
  readonly address: string;
  readonly message: RouteMessage;
  readonly since: number;
  readonly ttl: number;
}

interface NaivePool {
  readonly key: string;
  algorithm: LoadBalancing;
  changedAt: number;
  /** The newest last. */
  sayings: Saying[];
}

interface Row {
  readonly key: string;
  message: RouteMessage;
  ttl: number;
  refreshedAt: number;
}

/** gorouter's table as a list of rows: slow and plain, to compare the registry with. */
export class NaiveTable {
  rows: Row[] = [];
  pools: NaivePool[] = [];
  readonly #options: NaiveOptions;
  #suspended = false;

  constructor(options: NaiveOptions) {
    this.#options = options;
  }

  register(message: RouteMessage, now: number): void {
    if (!this.#options.segments.includes(message.isolationSegment)) return;
    // What else a message is for makes no difference to a route.
    const said = { ...message, uris: [] };
    const longest = this.#options.staleThreshold / 1000;
    const ttl = Math.min(message.staleThreshold || longest, longest);
    for (const key of message.uris) {
      let pool = this.#pool(key);
      if (!pool) {
        pool = { key, algorithm: 'round-robin', changedAt: now, sayings: [] };
        this.pools.push(pool);
      }
      const row = this.#row(key, message);
      if (row && row.ttl === ttl && JSON.stringify(row.message) === JSON.stringify(said)) {
        row.refreshedAt = now;
        continue;
      }
      if (message.loadBalancing) pool.algorithm = message.loadBalancing;
      pool.changedAt = now;
      this.#unsay(key, message);
      pool.sayings.push({ address: message.address, message: said, since: 0, ttl: Number.POSITIVE_INFINITY });
      if (row) Object.assign(row, { message: said, ttl, refreshedAt: now });
      else this.rows.push({ key, message: said, ttl, refreshedAt: now });
    }
  }

  unregister(message: RouteMessage, now: number): void {
    if (!this.#options.segments.includes(message.isolationSegment)) return;
    for (const key of message.uris) {
      const row = this.#row(key, message);
      this.#unsay(key, message);
      if (row) this.#remove([row], now);
      if (this.#options.emptyPoolLifetime === 0) this.#dropEmptyPools((pool) => pool.key === key);
    }
  }

  prune(busConnected: boolean, now: number): void {
    if (this.#options.suspendPruning && !busConnected) {
      this.#suspended = true;
      return;
    }
    if (this.#suspended) this.#thaw(now);
    for (const pool of this.pools)
      pool.sayings = pool.sayings.filter(({ since, ttl }) => now - since <= ttl * 1000);
    const stale = this.rows.filter(
      ({ message, ttl, refreshedAt }) => !message.tls && now - refreshedAt > ttl * 1000,
    );
    for (const { key, message } of stale) this.#unsay(key, message);
    this.#remove(stale, now);
    const lifetime = this.#options.emptyPoolLifetime;
    this.#dropEmptyPools((pool) => lifetime === 0 || now - pool.changedAt > lifetime);
  }

  #thaw(now: number): void {
    for (const row of this.rows) row.refreshedAt = now;
    for (const pool of this.pools) pool.sayings = pool.sayings.map((saying) => ({ ...saying, since: now }));
    this.#suspended = false;
  }

  /** Taken out for having been another instance. */
  fail(key: string, address: string, now: number): void {
    const row = this.rows.find((each) => each.key === key && each.message.address === address)!;
    const { message, ttl } = row;
    const { sayings } = this.#pool(key)!;
    const at = sayings.findIndex((saying) => saying.address === address);
    const says = message.routePolicy !== null || message.routeServiceUrl !== '';
    if (says) sayings[at] = { address, message, since: now, ttl };
    else sayings.splice(at, 1);
    this.#remove([row], now);
  }

  /** What the one says that came last to say so. */
  routeServiceOf(key: string): string {
    return this.#newest(key, ({ routeServiceUrl }) => routeServiceUrl !== '')?.routeServiceUrl ?? '';
  }

  policyOf(key: string): RouteMessage['routePolicy'] {
    return this.#newest(key, ({ routePolicy }) => routePolicy !== null)?.routePolicy ?? null;
  }

  #newest(key: string, says: (message: RouteMessage) => boolean): RouteMessage | undefined {
    return this.#pool(key)?.sayings.findLast(({ message }) => says(message))?.message;
  }

  #pool(key: string): NaivePool | undefined {
    return this.pools.find((pool) => pool.key === key);
  }

  #unsay(key: string, { address }: RouteMessage): void {
    const pool = this.#pool(key);
    if (pool) pool.sayings = pool.sayings.filter((saying) => saying.address !== address);
  }

  #row(key: string, { address }: RouteMessage): Row | undefined {
    return this.rows.find((row) => row.key === key && row.message.address === address);
  }

  #remove(rows: Row[], now: number): void {
    for (const pool of this.pools) if (rows.some(({ key }) => key === pool.key)) pool.changedAt = now;
    this.rows = this.rows.filter((row) => !rows.includes(row));
  }

  #dropEmptyPools(due: (pool: NaivePool) => boolean): void {
    const isHeld = (pool: NaivePool) =>
      pool.sayings.some(({ ttl }) => Number.isFinite(ttl)) || this.rows.some(({ key }) => key === pool.key);
    this.pools = this.pools.filter((pool) => isHeld(pool) || !due(pool));
  }
}
