import type { RouteInTable, TableView } from '../../registry/table-view.ts';
import { splitJson } from '../../routing/split.ts';
import { inTurns } from '../../time/in-turns.ts';
import { type AskedPage, Page, placeOf, wordsOf } from './page.ts';

/** Routes that are looked at in one turn of the loop. */
const PER_TURN = 5000;
/** No state of an endpoint: routes that have none. */
const EMPTY = 'empty';

/** A route in the last minute, on this router. */
interface Minute {
  readonly route: string;
  readonly requests: number;
  readonly failed: number;
  /** Milliseconds; `NaN`: nothing was timed. */
  readonly p95: number;
  readonly seconds: number;
}

/** What is known of requests, route by route. */
export interface TrafficSource {
  /** Null: nothing. */
  minute(route: string): Minute | null;
  busiest(): readonly Minute[];
  failing(): readonly Minute[];
}

/** HTTP routes with how many endpoints they have, in which states, and what became of their requests. */
export async function routesPage(
  view: TableView,
  asked: AskedPage,
  traffic: TrafficSource,
): Promise<Page<object>> {
  const page = new Page<object>(asked);
  const words = wordsOf(asked.q);
  const look = function* (): Generator<void> {
    let work = 0;
    for (const route of inOrder(view, asked, traffic)) {
      if (++work % PER_TURN === 0) yield;
      if (!words.every((word) => route.key.includes(word)) || !isIn(view, route, asked.state)) continue;
      page.add({ route: route.place, address: '' }, () => routeJson(view, route, traffic));
      if (page.isFull) return;
    }
  };
  await inTurns(look());
  return page;
}

function* inOrder(view: TableView, asked: AskedPage, traffic: TrafficSource): Generator<RouteInTable> {
  const { route, sort } = asked;
  if (route === '' && sort === 'table') {
    const last = placeOf(asked);
    yield* view.routes(last === null ? 0 : last.route + 1);
    return;
  }
  const keys = route === '' ? traffic[sort === 'failing' ? 'failing' : 'busiest']() : [{ route }];
  for (const { route: key } of keys) {
    const found = view.route(key);
    if (found !== null) yield found;
  }
}

function isIn(view: TableView, { key, endpoints }: RouteInTable, state: string): boolean {
  if (state === '') return true;
  if (state === EMPTY) return endpoints === 0;
  return Object.hasOwn(view.statesOf(key), state);
}

function routeJson(
  view: TableView,
  { key, endpoints, policy }: RouteInTable,
  traffic: TrafficSource,
): object {
  const { loadBalancing, routeServiceUrl, routePolicy, split } = policy;
  const minute = traffic.minute(key);
  return {
    route: key,
    endpoints,
    states: view.statesOf(key),
    algorithm: loadBalancing,
    route_service: routeServiceUrl !== '',
    policy: routePolicy !== null,
    split: split === null ? null : splitJson(split),
    last_minute: minute === null ? null : minuteJson(minute),
  };
}

/** What a route did in the last minute, as it is shown. */
export function minuteJson({ requests, failed, p95, seconds }: Omit<Minute, 'route'>): object {
  const perSecond = seconds === 0 ? 0 : Number((requests / seconds).toPrecision(3));
  return {
    requests,
    failed,
    requests_per_second: perSecond,
    p95_ms: Number.isNaN(p95) ? null : Number(p95.toPrecision(3)),
  };
}
