import type { RouteInTable, TableView } from '../../registry/table-view.ts';
import { splitJson } from '../../routing/split.ts';
import { inTurns } from '../../time/in-turns.ts';
import { type AskedPage, Page } from './page.ts';

/** Routes that are looked at in one turn of the loop. */
const PER_TURN = 5000;

/** HTTP routes with how many endpoints they have, and in which states. */
export async function routesPage(view: TableView, asked: AskedPage): Promise<Page<object>> {
  const page = new Page<object>(asked);
  const look = function* (): Generator<void> {
    let work = 0;
    for (const route of view.routes()) {
      if (++work % PER_TURN === 0) yield;
      if (asked.route !== '' && route.key !== asked.route) continue;
      if (asked.q !== '' && !route.key.includes(asked.q)) continue;
      page.add(() => routeJson(view, route));
      if (page.isFull) return;
    }
  };
  await inTurns(look());
  return page;
}

function routeJson(view: TableView, { key, endpoints, policy }: RouteInTable): object {
  const { loadBalancing, routeServiceUrl, routePolicy, split } = policy;
  return {
    route: key,
    endpoints,
    states: view.statesOf(key),
    algorithm: loadBalancing,
    route_service: routeServiceUrl !== '',
    policy: routePolicy !== null,
    split: split === null ? null : splitJson(split),
  };
}
