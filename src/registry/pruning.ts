import type { FailedEndpoint } from '../routing/change.ts';
import { endpointLogData } from '../routing/endpoint-log-data.ts';
import type { ComponentLog } from '../telemetry/component-log.ts';
import type { Member, Pool } from './pool.ts';
import type { RegistryCounters } from './registry-counters.ts';
import type { RouteTable } from './route-table.ts';

export interface PruningOptions {
  /** `suspend_pruning_if_nats_unavailable` */
  readonly suspendPruning: boolean;
  /** Milliseconds an empty pool stays. */
  readonly emptyPoolLifetime: number;
  readonly log: ComponentLog;
  readonly counters: RegistryCounters;
}

/** Removal of endpoints that sent no heartbeat in time, and of empty pools (gorouter.md §1.7). */
export class Pruning {
  readonly #table: RouteTable;
  readonly #options: PruningOptions;
  #state: 'active' | 'suspended' = 'active';

  constructor(table: RouteTable, options: PruningOptions) {
    this.#table = table;
    this.#options = options;
  }

  run(busConnected: boolean, now: number): void {
    const { log } = this.#options;
    if (this.#options.suspendPruning && !busConnected) {
      this.#state = 'suspended';
      log.info('prune-suspended');
      return;
    }
    if (this.#state === 'suspended') this.#thaw(now);
    log.debug('start-pruning-routes');
    for (const pool of this.#table.pools.values()) {
      if (pool.members.size > 0) this.#pruneMembers(pool, now);
      if (pool.members.size === 0) this.#pruneEmpty(pool, now);
    }
    log.debug('finished-pruning-routes');
  }

  /** A pool emptied so stays until the next round, as in gorouter. */
  removeFailed({ pool: id, address, slot }: FailedEndpoint, now: number): void {
    const pool = this.#table.poolOf(id);
    const member = pool?.members.get(address);
    // Other threads say the same, and what is there by now may be another backend.
    if (pool === undefined || member === undefined || member.endpoint.slot !== slot) return;
    this.#table.removeMember(pool, member, now);
    this.#options.log.error('prune-failed-endpoint', { 'route-endpoint': endpointLogData(member.endpoint) });
  }

  /** No heartbeat could arrive while the bus was away, so every endpoint gets a full threshold to send one. */
  #thaw(now: number): void {
    this.#options.log.debug('prune-unsuspended-refresh-routes-start');
    for (const { members } of this.#table.pools.values()) {
      for (const member of members.values()) member.refreshedAt = now;
    }
    this.#state = 'active';
    this.#options.log.debug('prune-unsuspended-refresh-routes-complete');
  }

  #pruneMembers(pool: Pool, now: number): void {
    const stale: Member[] = [];
    for (const member of pool.members.values()) if (isStale(member, now)) stale.push(member);
    const [first] = stale;
    if (first === undefined) return;
    for (const member of stale) this.#table.removeMember(pool, member, now);
    this.#options.counters.pruned(stale.length);
    this.#options.log.info('pruned-route', {
      uri: pool.settings.routeKey,
      endpoints: stale.map(({ endpoint }) => endpoint.address),
      isolation_segment: first.endpoint.isolationSegment || '-',
    });
  }

  #pruneEmpty(pool: Pool, now: number): void {
    const lifetime = this.#options.emptyPoolLifetime;
    if (lifetime > 0 && now - pool.changedAt <= lifetime) return;
    this.#table.removePool(pool);
    this.#options.log.info('route-unregistered', { uri: pool.settings.routeKey });
  }
}

/** Whoever answers at a reused TLS address fails the certificate check: such an endpoint does not age. */
function isStale({ endpoint, refreshedAt }: Member, now: number): boolean {
  return !endpoint.tls && now - refreshedAt > endpoint.staleThreshold * 1000;
}
