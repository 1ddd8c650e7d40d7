import { z } from 'zod';
import { type Answer, list as listOf, ok, problem } from '../../admin/answer.ts';
import type { AdminRequest, AdminRoute } from '../../admin/api.ts';
import { bodyFault } from '../../admin/decode-body.ts';
import { changedMeanwhile, type IfMatch, revisionTag } from '../../admin/if-match.ts';
import type { Decision } from '../../decisions/decision.ts';
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
      return [shown(order, decision)];
    });
    return listOf('orders', orders, (each) => each);
  };

  /** What is in force about an endpoint, of a route alone where one is named. */
  const show = ({ parameters, query }: AdminRequest): Answer => {
    const endpoint = parameters['endpoint']!;
    const written = query.get('route') ?? '';
    const route = written === '' ? '' : routeKey(written);
    const decision = decided(orderKey(endpoint, route));
    const order = decision === null ? null : readOrder(decision);
    if (decision === null || order === null || isOver(order, now())) {
      return problem(404, 'no-order', `nothing is ordered of ${endpoint}${onRoute(route)}`, `see ${LOOK}`);
    }
    return ok(shown(order, decision), { ETag: revisionTag(decision.revision) });
  };

  const decided = (key: string): Decision | null =>
    store()
      ?.current()
      .find((decision) => decision.key === key) ?? null;

  const put = async ({ parameters, body, caller, ifMatch }: AdminRequest): Promise<Answer> => {
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
    const standing = decided(key);
    const stale = changedMeanwhile(ifMatch, standing?.revision ?? null, endpoint + onRoute(route));
    if (stale !== null) return stale;
    const by = nameOf(caller);
    if (order === 'ready') {
      if (standing === null) {
        return problem(404, 'no-order', `nothing is ordered of ${endpoint}${onRoute(route)}`, `see ${LOOK}`);
      }
      const said = { endpoint, order, routes: [] };
      return answerTo(await decisions.remove(key, by, standing.revision), said, ifMatch);
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
    const wanted: DecidedOrder = { endpoint, route, order, until };
    const outcome = await decisions.put(key, orderJson(wanted), by, standing?.revision ?? 0);
    const said = { endpoint, order, routes, until: until === null ? null : iso(until) };
    return answerTo(outcome, said, ifMatch);
  };

  return [
    { method: 'GET', path: '/v1/orders', right: 'read', handler: list },
    { method: 'GET', path: '/v1/endpoints/{endpoint}/order', right: 'read', handler: show },
    { method: 'PUT', path: '/v1/endpoints/{endpoint}/order', right: 'operate', handler: put },
  ];
}

function answerTo(
  outcome: WriteOutcome,
  said: Readonly<Record<string, unknown>> & { readonly endpoint: string },
  ifMatch: IfMatch | null,
): Answer {
  if (outcome.outcome !== 'ok') return decisionAnswer(outcome, said.endpoint, LOOK, ifMatch);
  return ok({ ...said, revision: outcome.revision });
}

function shown({ until, ...rest }: DecidedOrder, { by, at, revision }: Decision): object {
  return { ...rest, revision, by, at: iso(at), until: until === null ? null : iso(until) };
}

function onRoute(route: string): string {
  return route === '' ? '' : ` on ${route}`;
}

function iso(at: number): string {
  return new Date(at).toISOString();
}
