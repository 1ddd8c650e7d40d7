import { type Cliff, CliffGuard, isCliff } from '../../registry/cliff-guard.ts';
import { tellCliff } from '../../registry/tell-cliff.ts';
import type { TcpRegistration } from '../../tcp/table/route.ts';
import type { TcpMember, TcpTable } from '../../tcp/table/tcp-table.ts';
import type { ComponentLog } from '../../telemetry/component-log.ts';
import type { TcpAge } from './tcp-age.ts';

/**
 * Removal of backends that nobody has repeated in time; of what nobody has repeated since its source came back, slowly
 * where that is much (docs/outages.md).
 */
export class TcpPruning {
  readonly #table: Pick<TcpTable, 'members' | 'dropWhere'>;
  readonly #age: Pick<TcpAge, 'judge'>;
  readonly #log: ComponentLog;
  readonly #guard = new CliffGuard();
  /** What a source that came back did not list, with the time of its last announcement: another one is a new word. */
  readonly #missing = new Map<TcpMember, number>();
  #staleCount = 0;

  constructor(table: Pick<TcpTable, 'members' | 'dropWhere'>, age: Pick<TcpAge, 'judge'>, log: ComponentLog) {
    this.#table = table;
    this.#age = age;
    this.#log = log;
  }

  /** Backends that were due to go in the last round and are kept. */
  get staleCount(): number {
    return this.#staleCount;
  }

  /** What would go goes slowly. */
  get isSlow(): boolean {
    return this.#guard.isSlow;
  }

  isMissing(member: TcpMember): boolean {
    return member.isMember && this.#missing.get(member) === member.refreshedAt;
  }

  /** Of a source that was away: they go at once, unless that is much. Answers how many went. */
  miss(members: readonly TcpMember[]): number {
    if (members.length === 0) return 0;
    const all = [...this.#table.members()];
    if (!isCliff(cliffOf(all, new Set(members)))) return this.#drop(new Set(members));
    for (const member of members) this.#missing.set(member, member.refreshedAt);
    return 0;
  }

  /** Answers how many went. */
  round(now: number): number {
    const over = new Set<TcpMember>();
    const unconfirmed: TcpMember[] = [];
    const rest: TcpMember[] = [];
    for (const member of this.#table.members()) {
      const verdict = this.#age.judge(member, now);
      if (verdict === 'over') over.add(member);
      else {
        rest.push(member);
        if (verdict === 'unconfirmed' || this.isMissing(member)) unconfirmed.push(member);
      }
    }
    const pruned = this.#drop(over) + this.#letGo(unconfirmed, rest, now);
    for (const member of this.#missing.keys()) if (!this.isMissing(member)) this.#missing.delete(member);
    return pruned;
  }

  /** As many as may go in this round, those first that have been silent longest. */
  #letGo(unconfirmed: TcpMember[], all: readonly TcpMember[], now: number): number {
    const wasSlow = this.#guard.isSlow;
    const cliff = cliffOf(all, new Set(unconfirmed));
    const allowed = Math.min(this.#guard.allow(cliff, now), unconfirmed.length);
    this.#staleCount = unconfirmed.length - allowed;
    tellCliff(this.#log, this.#guard, wasSlow, { cliff, allowed });
    unconfirmed.sort((a, b) => a.refreshedAt - b.refreshedAt);
    return this.#drop(new Set(unconfirmed.slice(0, allowed)));
  }

  #drop(chosen: ReadonlySet<TcpMember>): number {
    return chosen.size === 0 ? 0 : this.#table.dropWhere((member) => chosen.has(member)).length;
  }
}

/** By which a route is told from others. */
export function routeOf({ port, sni }: Pick<TcpRegistration, 'port' | 'sni'>): string {
  return `${port} ${sni}`;
}

function cliffOf(all: readonly TcpMember[], unconfirmed: ReadonlySet<TcpMember>): Cliff {
  const staying = new Map<string, number>();
  for (const member of all) {
    const route = routeOf(member.registration);
    staying.set(route, (staying.get(route) ?? 0) + (unconfirmed.has(member) ? 0 : 1));
  }
  return {
    unconfirmed: unconfirmed.size,
    endpoints: all.length,
    emptied: staying.values().reduce((count, left) => count + (left === 0 ? 1 : 0), 0),
    routes: staying.size,
  };
}
