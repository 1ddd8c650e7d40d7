import type { FailedEndpoint } from '../routing/change.ts';
import { endpointLogData } from '../routing/endpoint-log-data.ts';
import type { ComponentLog } from '../telemetry/component-log.ts';
import type { BusPresence } from './bus-presence.ts';
import { CliffGuard } from './cliff-guard.ts';
import { countOf, each, type Member, memberAt } from './members.ts';
import type { Pool } from './pool.ts';
import type { RegistryCounters } from './registry-counters.ts';
import type { RouteTable } from './route-table.ts';
import { tellCliff } from './tell-cliff.ts';
import type { Trust } from './trust.ts';

/** Pools looked at in one piece of a round, and members removed from them. */
const PIECE = 2000;

export interface PruningOptions {
  /** Milliseconds of running time: the process has not stood still in them. */
  now(): number;
  /** `suspend_pruning_if_nats_unavailable` */
  readonly suspendPruning: boolean;
  /** Milliseconds an empty pool stays. */
  readonly emptyPoolLifetime: number;
  readonly trust: Trust;
  readonly bus: BusPresence;
  readonly log: ComponentLog;
  readonly counters: RegistryCounters;
}

/**
 * Removal of endpoints that sent no heartbeat in time, and of empty pools (docs/compatibility.md §1.7); and, after the
 * bus was away, of those that are not announced again (docs/outages.md).
 */
export class Pruning {
  readonly #table: RouteTable;
  readonly #options: PruningOptions;
  readonly #guard = new CliffGuard();
  #state: 'active' | 'suspended' = 'active';
  #staleCount = 0;

  constructor(table: RouteTable, options: PruningOptions) {
    this.#table = table;
    this.#options = options;
  }

  /** Endpoints that were due to go in the last round and are kept. */
  get staleCount(): number {
    return this.#staleCount;
  }

  /** Whether what would go is kept, or goes slowly. */
  get state(): 'active' | 'suspended' | 'slow' {
    return this.#guard.isSlow ? 'slow' : this.#state;
  }

  /** A round in pieces, the first of which is done at once. */
  *round(): Generator<void> {
    const { log, bus, suspendPruning } = this.#options;
    if (suspendPruning && bus.isAway) {
      this.#state = 'suspended';
      log.info('prune-suspended');
      return;
    }
    if (this.#state === 'suspended') this.#thaw();
    log.debug('start-pruning-routes');
    this.#table.expireTerms(this.#options.now(), this.#thawedAt);
    const slow = yield* this.#walk();
    yield* this.#letGo(slow);
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
    this.#state = 'active';
    this.#options.log.debug('prune-unsuspended-refresh-routes-complete');
  }

  /** What was refreshed before counts as refreshed then. */
  get #thawedAt(): number {
    const { suspendPruning, bus } = this.#options;
    return (suspendPruning ? bus.backSince : null) ?? Number.NEGATIVE_INFINITY;
  }

  /** Removes what is over, and empty pools. Answers the members that are to go slowly, and what that would come to. */
  *#walk(): Generator<void, Leaving> {
    const leaving: Leaving = { members: [], emptied: 0 };
    let work = 0;
    for (const pool of this.#table.pools.values()) {
      const now = this.#options.now();
      const count = countOf(pool.members);
      work += 1 + (count >> 3);
      if (count > 0) work += 20 * this.#pruneMembers(pool, now, leaving);
      if (this.#table.isIdle(pool)) this.#pruneEmpty(pool, now);
      if (work < PIECE) continue;
      work = 0;
      yield;
    }
    return leaving;
  }

  /** Answers how many went. */
  #pruneMembers(pool: Pool, now: number, leaving: Leaving): number {
    let over: Member[] | null = null;
    let unconfirmed = 0;
    for (const member of each(pool.members)) {
      const verdict = this.#options.trust.judge(member, now);
      if (verdict === 'keep') continue;
      if (verdict === 'over') {
        over ??= [];
        over.push(member);
      } else {
        leaving.members.push(member);
        unconfirmed++;
      }
    }
    if (unconfirmed > 0 && unconfirmed + (over?.length ?? 0) === countOf(pool.members)) leaving.emptied++;
    if (over === null) return 0;
    this.#remove(pool, over, now);
    return over.length;
  }

  /** As many of those that nobody has spoken of since the bus came back as may go in this round. */
  *#letGo({ members, emptied }: Leaving): Generator<void> {
    const table = this.#table;
    const wasSlow = this.#guard.isSlow;
    const cliff = {
      unconfirmed: members.length,
      endpoints: table.endpointCount,
      emptied,
      routes: table.pools.size,
    };
    const allowed = Math.min(this.#guard.allow(cliff, this.#options.now()), members.length);
    this.#staleCount = members.length - allowed;
    tellCliff(this.#options.log, this.#guard, wasSlow, { cliff, allowed });
    if (allowed < members.length) members.sort(longestUnheardOf);
    for (const [at, member] of members.slice(0, allowed).entries()) {
      const now = this.#options.now();
      const { pool } = member;
      // It has gone or been announced since it was looked at.
      if (pool === null || this.#options.trust.judge(member, now) === 'keep') continue;
      this.#remove(pool, [member], now);
      if (this.#table.isIdle(pool)) this.#pruneEmpty(pool, now);
      if ((at + 1) % (PIECE / 20) === 0) yield;
    }
  }

  #remove(pool: Pool, members: readonly Member[], now: number): void {
    const { isolationSegment } = this.#table.endpoint(members[0]!.held);
    for (const member of members) this.#table.removeMember(pool, member, now);
    this.#options.counters.pruned(members.length);
    this.#options.log.info('pruned-route', {
      uri: this.#table.pools.keyOf(pool),
      endpoints: members.map(({ held }) => held.address),
      isolation_segment: isolationSegment || '-',
    });
  }

  #pruneEmpty(pool: Pool, now: number): void {
    const lifetime = this.#options.emptyPoolLifetime;
    if (lifetime > 0 && now - pool.changedAt <= lifetime) return;
    const uri = this.#table.pools.keyOf(pool);
    this.#table.removePool(pool);
    this.#options.log.info('route-unregistered', { uri });
  }
}

function longestUnheardOf(a: Member, b: Member): number {
  return a.refreshedAt - b.refreshedAt || (a.pool?.id ?? 0) - (b.pool?.id ?? 0);
}

/** What is to go slowly where it is much. */
interface Leaving {
  readonly members: Member[];
  /** Routes that would lose their last endpoints. */
  emptied: number;
}
