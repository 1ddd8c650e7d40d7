import { performance } from 'node:perf_hooks';
import { type Answer, ok, problem } from '../../admin/answer.ts';
import type { AdminApi, AdminRequest } from '../../admin/api.ts';
import { SharedViews } from '../../dashboard/shared-views.ts';
import type { Registry } from '../../registry/registry.ts';
import { routeKey } from '../../routing/route-key.ts';
import { systemTime } from '../../time/wall-clock.ts';
import { endpointsPage } from '../show/endpoints-page.ts';
import { type AskedPage, type Page, readPage } from '../show/page.ts';
import { routesPage, type TrafficSource } from '../show/routes-page.ts';
import type { Part } from './part.ts';

export interface ShowPartOptions {
  readonly registry: Registry;
  readonly api: AdminApi;
  readonly traffic: TrafficSource;
}

const HINT = 'cellgate show --help says what can be asked for';
/** So many routes are looked at in no time. */
const FEW_ROUTES = 5000;
/** How old a list of more may be. Milliseconds. */
const AGE_MS = 3000;

/** The table in pages, for whoever looks at it. */
export class ShowPart implements Part {
  readonly name = 'show';

  constructor({ registry, api, traffic }: ShowPartOptions) {
    const paged = (name: string, read: (asked: AskedPage) => Promise<Page<object>>) => {
      const make = async (query: URLSearchParams): Promise<object> => {
        const asked = readPage(query);
        // It has been found to be right.
        if (typeof asked === 'string') throw new Error(asked);
        const page = await read({ ...asked, route: asked.route === '' ? '' : routeKey(asked.route) });
        return { [name]: page.items, next: page.next, cursor: page.cursor };
      };
      const shared = new SharedViews({ age: AGE_MS, make, now: () => performance.now() });
      return async ({ query }: AdminRequest): Promise<Answer> => {
        const asked = readPage(query);
        if (typeof asked === 'string') return problem(400, 'bad-page', asked, HINT);
        const isCheap = asked.route !== '' || registry.poolCount <= FEW_ROUTES;
        return isCheap ? ok(await make(query)) : shared.get(query);
      };
    };
    api.add(
      {
        method: 'GET',
        path: '/v1/routes',
        right: 'read',
        handler: paged('routes', (asked) => routesPage(registry.view, asked, traffic)),
      },
      {
        method: 'GET',
        path: '/v1/endpoints',
        right: 'read',
        handler: paged('endpoints', (asked) => endpointsPage(registry, asked, systemTime())),
      },
    );
  }
}
