import type { RouteMessage } from '../src/bus/route-message.ts';
import { CliffGuard } from '../src/registry/cliff-guard.ts';
import { isAnother, isSameInstance } from '../src/registry/suspects.ts';
import { backendIdentity, type LoadBalancing } from '../src/routing/endpoint.ts';

/** Milliseconds: `reconcileAfter` of the table that is compared. */
const RECONCILE_AFTER = 40_000;

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
  session: number;
}

/** gorouter's table as a list of rows: slow and plain, to compare the registry with. */
export class NaiveTable {
  rows: Row[] = [];
  pools: NaivePool[] = [];
  readonly #options: NaiveOptions;
  readonly #guard = new CliffGuard();
  /** Since when the bus is away, or back; it has always been there where it is neither. */
  #away: number | null = null;
  /** Goes up when it goes. */
  #session = 0;
  #back: number | null = null;
  /** A round has been left out. */
  #suspended = false;

  constructor(options: NaiveOptions) {
    this.#options = options;
  }

  register(message: RouteMessage, now: number): void {
    if (message.uris.length === 0) return;
    if (!this.#options.segments.includes(message.isolationSegment)) {
      this.#expel(this.#othersAt(message), now);
      return;
    }
    // What else a message is for makes no difference to a route.
    const said = { ...message, uris: [] };
    const longest = this.#options.staleThreshold / 1000;
    const ttl = Math.min(message.staleThreshold || longest, longest);
    this.#evict(message, now);
    for (const key of message.uris) {
      let pool = this.#pool(key);
      if (!pool) {
        pool = { key, algorithm: 'round-robin', changedAt: now, sayings: [] };
        this.pools.push(pool);
      }
      const row = this.#row(key, message);
      if (row && row.ttl === ttl && JSON.stringify(row.message) === JSON.stringify(said)) {
        row.refreshedAt = now;
        row.session = this.#session;
        continue;
      }
      if (message.loadBalancing) pool.algorithm = message.loadBalancing;
      pool.changedAt = now;
      this.#unsay(key, message);
      pool.sayings.push({ address: message.address, message: said, since: 0, ttl: Number.POSITIVE_INFINITY });
      if (row) Object.assign(row, { message: said, ttl, refreshedAt: now, session: this.#session });
      else this.rows.push({ key, message: said, ttl, refreshedAt: now, session: this.#session });
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

  /** Others at that address of whom nobody has spoken since the bus went, when who is there now is new. */
  #evict(message: RouteMessage, now: number): void {
    const there = this.rows.filter((row) => row.message.address === message.address);
    const identity = backendIdentity(message);
    if (message.uris.length === 0 || there.some((row) => backendIdentity(row.message) === identity)) return;
    const sameInstance = this.rows.filter(
      (row) =>
        this.#isDoubtful(row) && message.uris.includes(row.key) && isSameInstance(row.message, message),
    );
    this.#expel([...this.#othersAt(message), ...sameInstance], now);
  }

  #othersAt(message: RouteMessage): Row[] {
    return this.rows.filter(
      (row) =>
        this.#isDoubtful(row) && row.message.address === message.address && isAnother(row.message, message),
    );
  }

  #expel(gone: readonly Row[], now: number): void {
    for (const row of gone) this.#unsay(row.key, row.message);
    this.#remove(gone, now);
  }

  #isDoubtful(row: Row): boolean {
    const { tls, serverCertDomainSan } = row.message;
    return !(tls && serverCertDomainSan !== '') && this.#isUnconfirmed(row);
  }

  #isUnconfirmed({ session }: Row): boolean {
    return session < this.#session;
  }

  busIs(connected: boolean, now: number): void {
    if (connected === (this.#away === null)) return;
    this.#away = connected ? null : now;
    if (!connected) this.#session++;
    this.#back = connected ? now : null;
  }

  prune(busConnected: boolean, now: number): void {
    this.busIs(busConnected, now);
    if (this.#options.suspendPruning && !busConnected) {
      this.#suspended = true;
      return;
    }
    if (this.#suspended) this.#thaw(now);
    for (const pool of this.pools)
      pool.sayings = pool.sayings.filter(({ since, ttl }) => now - since <= ttl * 1000);
    this.#drop(
      this.rows.filter((row) => this.#isOver(row, now)),
      now,
    );
    const { pools } = this;
    const late = pools.flatMap(({ key }) =>
      this.rows.filter((row) => row.key === key && this.#isLate(row, now)),
    );
    const emptied = pools.filter(({ key }) => {
      const members = this.rows.filter((row) => row.key === key);
      return members.length > 0 && members.every((row) => late.includes(row));
    });
    const [unconfirmed, endpoints] = [late.length, this.rows.length];
    const cliff = { unconfirmed, endpoints, emptied: emptied.length, routes: this.#kept(now).length };
    late.sort((a, b) => a.refreshedAt - b.refreshedAt);
    this.#drop(late.slice(0, this.#guard.allow(cliff, now)), now);
    this.pools = this.#kept(now);
  }

  /** It has a row, or is to be remembered without one. */
  #kept(now: number): NaivePool[] {
    const lifetime = this.#options.emptyPoolLifetime;
    return this.pools.filter(
      (pool) => this.#isHeld(pool) || (lifetime > 0 && now - pool.changedAt <= lifetime),
    );
  }

  #drop(rows: Row[], now: number): void {
    for (const { key, message } of rows) this.#unsay(key, message);
    this.#remove(rows, now);
  }

  #isOver(row: Row, now: number): boolean {
    if (!this.#isPlain(row) || (this.#options.suspendPruning && this.#isUnconfirmed(row))) return false;
    return now - row.refreshedAt > row.ttl * 1000;
  }

  #isPlain(row: Row): boolean {
    return !row.message.tls || this.#isDoubtful(row);
  }

  /** Its agent has had the time to speak since the bus is back, and has not. */
  #isLate(row: Row, now: number): boolean {
    if (this.#back === null || !this.#isUnconfirmed(row)) return false;
    if (this.#isPlain(row)) return this.#options.suspendPruning && now - this.#back > row.ttl * 1000;
    return now - this.#back > Math.max(row.ttl * 1000, RECONCILE_AFTER);
  }

  #thaw(now: number): void {
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

  #remove(rows: readonly Row[], now: number): void {
    for (const pool of this.pools) if (rows.some(({ key }) => key === pool.key)) pool.changedAt = now;
    this.rows = this.rows.filter((row) => !rows.includes(row));
  }

  #dropEmptyPools(due: (pool: NaivePool) => boolean): void {
    this.pools = this.pools.filter((pool) => this.#isHeld(pool) || !due(pool));
  }

  #isHeld(pool: NaivePool): boolean {
    return (
      pool.sayings.some(({ ttl }) => Number.isFinite(ttl)) || this.rows.some(({ key }) => key === pool.key)
    );
  }
}
