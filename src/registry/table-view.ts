import type { PoolPolicy } from '../routing/change.ts';
import type { EndpointFacts } from '../routing/endpoint.ts';
import type { Split } from '../routing/split.ts';
import type { BackendMarks, EndpointState, StateCounts } from './endpoint-state.ts';
import { countOf, each, type Member, type Members, NO_MEMBERS } from './members.ts';
import type { Origin } from './origin.ts';
import type { Pool } from './pool.ts';
import type { RouteTable } from './route-table.ts';

/** A route, as lists show it. */
export interface RouteInTable {
  readonly key: string;
  readonly endpoints: number;
  readonly policy: PoolPolicy;
  /** Its place in the table: the same as long as it is there, and another route's after it. */
  readonly place: number;
}

/** An endpoint of one route. */
interface EndpointInTable {
  readonly route: string;
  /** Of the route. */
  readonly place: number;
  readonly facts: EndpointFacts;
  /** Of the route; null: all of its endpoints are alike. */
  readonly split: Split | null;
}

/** The table for whoever looks at it, piece by piece; what changes meanwhile may be in it or not. */
export class TableView {
  readonly #table: Pick<RouteTable, 'pools' | 'members' | 'endpoint'>;
  readonly #stateOf: (member: Member) => EndpointState;
  readonly #marks: Pick<BackendMarks, 'failedUntil'> | null;

  constructor(
    table: Pick<RouteTable, 'pools' | 'members' | 'endpoint'>,
    stateOf: (member: Member) => EndpointState,
    marks: Pick<BackendMarks, 'failedUntil'> | null,
  ) {
    this.#table = table;
    this.#stateOf = stateOf;
    this.#marks = marks;
  }

  /** In the order of their places. @param from the first place */
  *routes(from = 0): Generator<RouteInTable> {
    const { pools } = this.#table;
    for (const pool of pools.values(from)) yield this.#inTable(pools.keyOf(pool), pool);
  }

  /** Null: there is none. */
  route(key: string): RouteInTable | null {
    const pool = this.#table.pools.get(key);
    return pool === undefined ? null : this.#inTable(key, pool);
  }

  /** Of one route. */
  membersOf(key: string): Iterable<Member> {
    return this.#byAddress(this.#table.pools.get(key)?.members ?? NO_MEMBERS);
  }

  /** Of all routes, in the order of their places and, within a route, of their addresses. @param from the first place */
  *members(from = 0): Generator<Member> {
    for (const pool of this.#table.pools.values(from)) yield* this.#byAddress(pool.members);
  }

  #byAddress(members: Members): Iterable<Member> {
    if (countOf(members) < 2) return each(members);
    return [...each(members)].sort((a, b) => (a.held.address < b.held.address ? -1 : 1));
  }

  #inTable(key: string, { members, policy, row }: Pool): RouteInTable {
    return { key, endpoints: countOf(members), policy, place: row };
  }

  /** Null: it is gone. */
  factsOf({ pool, held }: Member): EndpointInTable | null {
    if (pool === null) return null;
    const { split } = pool.policy;
    return {
      route: this.#table.pools.keyOf(pool),
      place: pool.row,
      facts: this.#table.endpoint(held),
      split,
    };
  }

  /** Of the process's monotonic clock: the second until which it counts as failed; 0: it does not. */
  failedUntil({ held }: Member): number {
    return this.#marks?.failedUntil(held.seat) ?? 0;
  }

  stateOf(member: Member): EndpointState {
    return this.#stateOf(member);
  }

  /** Who spoke of each endpoint of a route last, by their addresses. */
  originsOf(key: string): ReadonlyMap<string, Origin> {
    const members = [...each(this.#table.pools.get(key)?.members ?? NO_MEMBERS)];
    return new Map(members.map(({ held, origin }) => [this.#table.endpoint(held).address, origin]));
  }

  /** How many endpoints of a route are in which state; states that none is in are left out. */
  statesOf(key: string): Partial<StateCounts> {
    const counts: Partial<StateCounts> = {};
    for (const member of this.membersOf(key)) {
      const state = this.#stateOf(member);
      counts[state] = (counts[state] ?? 0) + 1;
    }
    return counts;
  }
}
