import { type Answer, ok, problem } from '../../admin/answer.ts';
import type { AdminApi, AdminRequest } from '../../admin/api.ts';
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

/** The table in pages, for whoever looks at it. */
export class ShowPart implements Part {
  readonly name = 'show';

  constructor({ registry, api, traffic }: ShowPartOptions) {
    const paged =
      (name: string, read: (asked: AskedPage) => Promise<Page<object>>) =>
      async ({ query }: AdminRequest): Promise<Answer> => {
        const asked = readPage(query);
        if (typeof asked === 'string') return problem(400, 'bad-page', asked, HINT);
        const route = asked.route === '' ? '' : routeKey(asked.route);
        const page = await read({ ...asked, route });
        return ok({ [name]: page.items, next: page.next });
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
