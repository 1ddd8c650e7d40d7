import type { RouteMessage } from '../src/bus/route-message.ts';
import type { LoadBalancing } from '../src/routing/endpoint.ts';

export interface NaiveOptions {
  readonly staleThreshold: number;
  readonly suspendPruning: boolean;
  readonly emptyPoolLifetime: number;
  readonly segments: readonly string[];
}

interface Row {
  readonly key: string;
  message: RouteMessage;
  ttl: number;
  refreshedAt: number;
  /** When it came to say what it says. */
  saidAt: number;
}

/** gorouter's table as a list of rows: slow and plain, to compare the registry with. */
export class NaiveTable {
  rows: Row[] = [];
  pools: { key: string; algorithm: LoadBalancing; routeService: string; changedAt: number }[] = [];
  readonly #options: NaiveOptions;
  #suspended = false;
  #said = 0;

  constructor(options: NaiveOptions) {
    this.#options = options;
  }

  register(message: RouteMessage, now: number): void {
    if (!this.#options.segments.includes(message.isolationSegment)) return;
    const longest = this.#options.staleThreshold / 1000;
    const ttl = Math.min(message.staleThreshold || longest, longest);
    for (const key of message.uris) {
      let pool = this.pools.find((candidate) => candidate.key === key);
      if (!pool) {
        pool = { key, algorithm: 'round-robin', routeService: '', changedAt: now };
        this.pools.push(pool);
      }
      const row = this.#row(key, message);
      if (row && row.ttl === ttl && JSON.stringify(row.message) === JSON.stringify(message)) {
        row.refreshedAt = now;
        continue;
      }
      if (message.loadBalancing) pool.algorithm = message.loadBalancing;
      pool.changedAt = now;
      const saidAt = ++this.#said;
      if (row) Object.assign(row, { message, ttl, refreshedAt: now, saidAt });
      else this.rows.push({ key, message, ttl, refreshedAt: now, saidAt });
    }
    this.#follow(message.uris);
  }

  unregister(message: RouteMessage, now: number): void {
    if (!this.#options.segments.includes(message.isolationSegment)) return;
    for (const key of message.uris) {
      const row = this.#row(key, message);
      if (!row) continue;
      this.#remove([row], now);
      if (this.#options.emptyPoolLifetime === 0) this.#dropEmptyPools((pool) => pool.key === key);
    }
  }

  prune(busConnected: boolean, now: number): void {
    if (this.#options.suspendPruning && !busConnected) {
      this.#suspended = true;
      return;
    }
    if (this.#suspended) for (const row of this.rows) row.refreshedAt = now;
    this.#suspended = false;
    this.#remove(
      this.rows.filter(({ message, ttl, refreshedAt }) => !message.tls && now - refreshedAt > ttl * 1000),
      now,
    );
    const lifetime = this.#options.emptyPoolLifetime;
    this.#dropEmptyPools((pool) => lifetime === 0 || now - pool.changedAt > lifetime);
  }

  #row(key: string, { address }: RouteMessage): Row | undefined {
    return this.rows.find((row) => row.key === key && row.message.address === address);
  }

  #remove(rows: Row[], now: number): void {
    for (const pool of this.pools) if (rows.some(({ key }) => key === pool.key)) pool.changedAt = now;
    this.rows = this.rows.filter((row) => !rows.includes(row));
    this.#follow(rows.map(({ key }) => key));
  }

  /** A pool's service is that of whoever in it came last to name one. */
  #follow(keys: readonly string[]): void {
    for (const pool of this.pools) {
      if (!keys.includes(pool.key)) continue;
      const naming = this.rows.filter(
        ({ key, message }) => key === pool.key && message.routeServiceUrl !== '',
      );
      const newest = naming.toSorted((a, b) => b.saidAt - a.saidAt)[0];
      pool.routeService = newest?.message.routeServiceUrl ?? '';
    }
  }

  #dropEmptyPools(due: (pool: { key: string; changedAt: number }) => boolean): void {
    this.pools = this.pools.filter((pool) => this.rows.some(({ key }) => key === pool.key) || !due(pool));
  }
}
