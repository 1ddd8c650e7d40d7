import type { StaticRoute } from './static-route.ts';
import type { StaticTables } from './static-tables.ts';

export type StaticOutcome =
  { readonly outcome: 'ok' } | { readonly outcome: 'conflict' | 'away' | 'refused'; readonly why: string };

/** Where operators' routes are kept, for this router or for all. Nothing here throws or rejects. */
export interface StaticRoutes {
  /** For whom they hold. */
  readonly reach: 'this router' | 'all routers';
  /** All of them, or none. */
  put(routes: readonly StaticRoute[]): Promise<StaticOutcome>;
}

/** For this router alone: its tables, and so its snapshot, are all that knows of them. */
export class OwnStaticRoutes implements StaticRoutes {
  readonly reach = 'this router';
  readonly #tables: StaticTables;

  constructor(tables: StaticTables) {
    this.#tables = tables;
  }

  async put(routes: readonly StaticRoute[]): Promise<StaticOutcome> {
    for (const route of routes) this.#tables.put(route);
    return { outcome: 'ok' };
  }
}
