import type { FailedEndpoint } from '../routing/change.ts';
import { endpointLogData } from '../routing/endpoint-log-data.ts';
import type { ComponentLog } from '../telemetry/component-log.ts';
import { countOf, each, type Member, memberAt } from './members.ts';
import type { Pool } from './pool.ts';
import type { RegistryCounters } from './registry-counters.ts';
import type { RouteTable } from './route-table.ts';

/** Pools looked at in one piece of a round, and members removed from them. */
const PIECE = 2000;

export interface PruningOptions {
  /** Milliseconds of running time: the process has not stood still in them. */
  now(): number;
  /** `suspend_pruning_if_nats_unavailable` */
  readonly suspendPruning: boolean;
  /** Milliseconds an empty pool stays. */
  readonly emptyPoolLifetime: number;
  readonly log: ComponentLog;
  readonly counters: RegistryCounters;
}

/** Removal of endpoints that sent no heartbeat in time, and of empty pools (docs/compatibility.md §1.7). */
export class Pruning {
  readonly #table: RouteTable;
  readonly #options: PruningOptions;
  #state: 'active' | 'suspended' = 'active';
  /** What was refreshed before counts as refreshed then. */
  #thawedAt = Number.NEGATIVE_INFINITY;

  constructor(table: RouteTable, options: PruningOptions) {
    this.#table = table;
    this.#options = options;
  }

  /** A round in pieces, the first of which is done at once. */
  *round(busConnected: boolean): Generator<void> {
    const { log } = this.#options;
    if (this.#options.suspendPruning && !busConnected) {
      this.#state = 'suspended';
      log.info('prune-suspended');
      return;
    }
    if (this.#state === 'suspended') this.#thaw();
    log.debug('start-pruning-routes');
    this.#table.expireTerms(this.#options.now(), this.#thawedAt);
    let work = 0;
    for (const pool of this.#table.pools.values()) {
      const now = this.#options.now();
      const count = countOf(pool.members);
      work += 1 + (count >> 3);
      if (count > 0) work += 20 * this.#pruneMembers(pool, now);
      if (this.#table.isIdle(pool)) this.#pruneEmpty(pool, now);
      if (work < PIECE) continue;
      work = 0;
      yield;
    }
    log.debug('finished-pruning-routes');
  }

  /**
   * A pool emptied so stays until the next round, as in gorouter, and for as long as what the endpoint says of it holds:
   * that it could not be reached as itself opens the pool to nobody.
   */
  removeFailed({ pool: id, routeKey, address, seat }: FailedEndpoint, now: number): void {
    const pool = this.#table.pools.get(routeKey);
    const member = pool && memberAt(pool.members, address);
    // Other threads say the same, and what is there by now may be another backend.
    if (pool?.id !== id || member === undefined || member.held.seat !== seat) return;
    const data = endpointLogData(this.#table.endpoint(member.held));
    this.#table.removeMember(pool, member, now, true);
    this.#options.log.error('prune-failed-endpoint', { 'route-endpoint': data });
  }

  /** No heartbeat could arrive for a while: every endpoint gets a full threshold to send one. */
  #thaw(): void {
    this.#options.log.debug('prune-unsuspended-refresh-routes-start');
    this.#thawedAt = this.#options.now();
    this.#state = 'active';
    this.#options.log.debug('prune-unsuspended-refresh-routes-complete');
  }

  /** Answers how many went. */
  #pruneMembers(pool: Pool, now: number): number {
    let stale: Member[] | null = null;
    for (const member of each(pool.members)) {
      if (!this.#isStale(member, now)) continue;
      stale ??= [];
      stale.push(member);
    }
    if (stale === null) return 0;
    const { isolationSegment } = this.#table.endpoint(stale[0]!.held);
    for (const member of stale) this.#table.removeMember(pool, member, now);
    this.#options.counters.pruned(stale.length);
    this.#options.log.info('pruned-route', {
      uri: this.#table.pools.keyOf(pool),
      endpoints: stale.map(({ held }) => held.address),
      isolation_segment: isolationSegment || '-',
    });
    return stale.length;
  }

  /** Whoever answers at a reused TLS address fails the certificate check: such an endpoint does not age. */
  #isStale({ held, refreshedAt }: Member, now: number): boolean {
    return !held.tls && now - Math.max(refreshedAt, this.#thawedAt) > held.staleThreshold * 1000;
  }

  #pruneEmpty(pool: Pool, now: number): void {
    const lifetime = this.#options.emptyPoolLifetime;
    if (lifetime > 0 && now - pool.changedAt <= lifetime) return;
    const uri = this.#table.pools.keyOf(pool);
    this.#table.removePool(pool);
    this.#options.log.info('route-unregistered', { uri });
  }
}
