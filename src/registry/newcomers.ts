import { holdFor } from '../routing/hold.ts';
import type { BusPresence } from './bus-presence.ts';
import { each, type Member } from './members.ts';
import type { Pool } from './pool.ts';
import type { RouteTable } from './route-table.ts';
import type { Splits } from './splits.ts';

/** By whom it is known whether applications that are newly mapped are held. */
export interface HoldTerms {
  /** Whether this router may say by its own table whose this route is. */
  mayHold(key: string): boolean;
  /** The route is held for the application that has it. Nobody has been told of the newcomer yet. */
  onHeld(key: string, app: string): void;
}

export interface NewcomersParts {
  readonly table: RouteTable;
  readonly bus: BusPresence;
  readonly splits: Splits;
}

/** Holds routes that one application has before another one comes to them, so that it gets nothing at all. */
export class Newcomers {
  readonly #terms: HoldTerms;
  readonly #parts: NewcomersParts;
  /** Of routes that several applications have: one of another than the first. So not all are looked at each time. */
  readonly #others = new WeakMap<Pool, Member>();

  constructor(terms: HoldTerms, parts: NewcomersParts) {
    this.#terms = terms;
    this.#parts = parts;
  }

  /**
   * To be told before an endpoint becomes a member.
   * @param app its application; empty: it says of none, and holds nobody up
   * @param replaced the member whose place it takes
   */
  admit(pool: Pool, app: string, replaced: Member | undefined): void {
    if (app === '' || pool.policy.split !== null) return;
    const incumbent = this.#incumbent(pool, app, replaced);
    if (incumbent === null) return;
    const { table, splits } = this.#parts;
    const key = table.pools.keyOf(pool);
    const split = holdFor(incumbent, key);
    if (split === null || !this.#terms.mayHold(key)) return;
    splits.set(key, split);
    table.setSplit(pool, split);
    this.#terms.onHeld(key, incumbent);
  }

  /** The one application that has the route, where this is another; null: there is none, or it cannot be told. */
  #incumbent(pool: Pool, app: string, replaced: Member | undefined): string | null {
    if (replaced !== undefined && this.#appOf(replaced) === app) return null;
    let incumbent = '';
    let isThere = false;
    for (const member of each(pool.members)) {
      if (member === replaced) continue;
      if (incumbent === '') {
        incumbent = this.#appOf(member);
        if (incumbent === '' || incumbent === app || this.#isShared(pool, incumbent, replaced)) return null;
      } else if (this.#appOf(member) !== incumbent) {
        this.#others.set(pool, member);
        return null;
      }
      isThere ||= !this.#parts.bus.isUnconfirmed(member);
    }
    // One of which nobody has spoken since may be gone: what is held for it would be held for nobody.
    return isThere ? incumbent : null;
  }

  /** Whether another application than the first one is known to have it too. */
  #isShared(pool: Pool, first: string, replaced: Member | undefined): boolean {
    const other = this.#others.get(pool);
    return other?.pool === pool && other !== replaced && this.#appOf(other) !== first;
  }

  #appOf({ held }: Member): string {
    return this.#parts.table.endpoint(held).appId;
  }
}
