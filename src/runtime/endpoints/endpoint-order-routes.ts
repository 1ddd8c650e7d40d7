import { z } from 'zod';
import { type Answer, list as listOf, ok, problem } from '../../admin/answer.ts';
import type { AdminRequest, AdminRoute } from '../../admin/api.ts';
import { bodyFault } from '../../admin/decode-body.ts';
import type { DecisionStore, WriteOutcome } from '../../decisions/decision-store.ts';
import type { Registry } from '../../registry/registry.ts';
import { routeKey } from '../../routing/route-key.ts';
import { decisionAnswer, nameOf, notYet } from '../splits/decision-answer.ts';
import { affected } from './affected.ts';
import { type DecidedOrder, isOrderKey, isOver, orderJson, orderKey, readOrder } from './endpoint-order.ts';

export interface EndpointOrderRoutesOptions {
  readonly registry: Registry;
  /** Null: the router has not come so far. */
  store(): DecisionStore | null;
  /** Unix milliseconds. */
  now(): number;
}

const HINT = 'cellgate endpoint --help says how an order is written';
const LOOK = 'cellgate endpoint list';
const MOST_TTL_SECONDS = 30 * 24 * 3600;

const WANTED = z.strictObject({
  order: z.enum(['drain', 'hold', 'ready'], 'allowed: drain, hold, ready'),
  route: z.string().max(2000).default(''),
  /** 0: for good. */
  ttl_seconds: z.int().min(0).max(MOST_TTL_SECONDS, `allowed: 0 to ${MOST_TTL_SECONDS}`).default(3600),
  force: z.boolean().default(false),
});

/** What operators order of endpoints: `/v1/orders` and `/v1/endpoints/{endpoint}/order`. */
export function endpointOrderRoutes({ registry, store, now }: EndpointOrderRoutesOptions): AdminRoute[] {
  const list = (): Answer => {
    const orders = (store()?.current() ?? []).flatMap((decision) => {
      const order = isOrderKey(decision.key) ? readOrder(decision) : null;
      if (order === null || isOver(order, now())) return [];
      const { until, ...rest } = order;
      const { by, at } = decision;
      return [{ ...rest, by, at: iso(at), until: until === null ? null : iso(until) }];
    });
    return listOf('orders', orders, (each) => each);
  };

  const put = async ({ parameters, body, caller }: AdminRequest): Promise<Answer> => {
    const read = WANTED.safeParse(body);
    if (!read.success) {
      return problem(400, 'bad-order', bodyFault(read.error), HINT);
    }
    const decisions = store();
    if (decisions === null) return notYet();
    const { order, ttl_seconds: ttl, force } = read.data;
    const endpoint = parameters['endpoint']!;
    // The key of an order about one route has a blank between the two.
    if (endpoint.includes(' ')) {
      return problem(
        400,
        'bad-order',
        'endpoint: allowed: HOST:PORT or an instance id, without blanks',
        HINT,
      );
    }
    const route = read.data.route === '' ? '' : routeKey(read.data.route);
    const key = orderKey(endpoint, route);
    const standing = decisions.current().find((decision) => decision.key === key);
    const by = nameOf(caller);
    if (order === 'ready') {
      if (standing === undefined) {
        return problem(404, 'no-order', `nothing is ordered of ${endpoint}${onRoute(route)}`, `see ${LOOK}`);
      }
      return answerTo(await decisions.remove(key, by, standing.revision), { endpoint, order, routes: [] });
    }
    const { routes, emptied } = await affected(registry.view, registry.orders, endpoint, route);
    if (!force && routes.length === 0) {
      return problem(
        404,
        'no-endpoint',
        `this router has no endpoint ${endpoint}${onRoute(route)}`,
        'name an address, as HOST:PORT, or an instance id; --force orders it for one that may come',
      );
    }
    if (!force && emptied.length > 0) {
      return problem(
        409,
        'last-endpoint',
        `${emptied.slice(0, 3).join(', ')}${emptied.length > 3 ? ` and ${emptied.length - 3} more routes` : ''} would have no other endpoint for new requests`,
        'start another one first, or say --force',
      );
    }
    const until = ttl === 0 ? null : now() + ttl * 1000;
    const decided: DecidedOrder = { endpoint, route, order, until };
    const outcome = await decisions.put(key, orderJson(decided), by, standing?.revision ?? 0);
    return answerTo(outcome, { endpoint, order, routes, until: until === null ? null : iso(until) });
  };

  return [
    { method: 'GET', path: '/v1/orders', right: 'read', handler: list },
    { method: 'PUT', path: '/v1/endpoints/{endpoint}/order', right: 'operate', handler: put },
  ];
}

function answerTo(
  outcome: WriteOutcome,
  said: Readonly<Record<string, unknown>> & { readonly endpoint: string },
): Answer {
  if (outcome.outcome !== 'ok') return decisionAnswer(outcome, said.endpoint, LOOK);
  return ok({ ...said, revision: outcome.revision });
}

function onRoute(route: string): string {
  return route === '' ? '' : ` on ${route}`;
}

function iso(at: number): string {
  return new Date(at).toISOString();
}
