import type { RouteMessage } from '../bus/route-message.ts';
import { isOlder, type ModificationTag } from '../routing/modification-tag.ts';
import { routeKey } from '../routing/route-key.ts';
import type { ComponentLog } from '../telemetry/component-log.ts';
import { Follower } from './follower.ts';
import { decodeHttpRoute, type HttpRoute } from './http-route.ts';
import { Refusals } from './refusals.ts';
import type { RoutingApi } from './routing-api.ts';

/** gorouter's (gorouter.md §6.8). */
const RETRY_INTERVAL_MS = 1000;

const WORDS = {
  subscribing: 'Subscribing-to-routing-api-event-stream',
  subscribed: 'Successfully-subscribed-to-routing-api-event-stream',
  subscribeFailed: 'Failed-to-subscribe-to-routing-api-event-stream',
  nextEventFailed: 'failed-getting-next-event',
  tokenFailed: 'failed-to-fetch-token',
  fetchFailed: 'failed-to-fetch-routes',
};

export interface HttpRoutesOptions {
  readonly api: RoutingApi;
  readonly registry: {
    register(message: RouteMessage, digest: undefined, tag: ModificationTag): void;
    unregister(message: RouteMessage, tag: ModificationTag): void;
  };
  /** Milliseconds between fetches of the whole list. */
  readonly syncInterval: number;
  /** Milliseconds. Default: gorouter's. */
  readonly retryInterval?: number;
  readonly log: ComponentLog;
}

/** HTTP routes of the routing API, as registrations of the route table. */
export class HttpRoutes {
  readonly follower: Follower;
  readonly #options: HttpRoutesOptions;
  readonly #refusals: Refusals;
  /** What the routing API has, by route and address: a list only says what is there, not what went. */
  #known = new Map<string, HttpRoute>();

  constructor(options: HttpRoutesOptions) {
    const { api, syncInterval, retryInterval = RETRY_INTERVAL_MS, log } = options;
    this.#options = options;
    this.#refusals = new Refusals(log);
    this.follower = new Follower({
      api,
      words: WORDS,
      syncInterval,
      retryInterval,
      log,
      following: {
        eventsPath: '/routing/v1/events',
        fetch: (signal) => api.list('/routing/v1/routes', signal),
        replace: (values) => this.#replace(values),
        upsert: (value) => this.#onEvent(value, (route) => this.#put(route)),
        remove: (value) => this.#onEvent(value, (route) => this.#remove(route)),
      },
    });
  }

  #replace(values: readonly unknown[]): void {
    const { registry } = this.#options;
    const next = new Map<string, HttpRoute>();
    const errors: string[] = [];
    for (const value of values) {
      const decoded = decodeHttpRoute(value);
      if (decoded.ok) next.set(keyOf(decoded.route), decoded.route);
      else errors.push(decoded.error);
    }
    for (const [key, { message, tag }] of this.#known) if (!next.has(key)) registry.unregister(message, tag);
    for (const { message, tag } of next.values()) registry.register(message, undefined, tag);
    this.#known = next;
    this.#refusals.ofList(errors);
  }

  #put(route: HttpRoute): void {
    const key = keyOf(route);
    const present = this.#known.get(key);
    if (present !== undefined && isOlder(route.tag, present.tag)) return;
    this.#known.set(key, route);
    this.#options.registry.register(route.message, undefined, route.tag);
  }

  #remove(route: HttpRoute): void {
    const key = keyOf(route);
    const present = this.#known.get(key);
    if (present !== undefined && isOlder(route.tag, present.tag)) return;
    this.#known.delete(key);
    this.#options.registry.unregister(route.message, route.tag);
  }

  #onEvent(value: unknown, apply: (route: HttpRoute) => void): void {
    const decoded = decodeHttpRoute(value);
    if (decoded.ok) apply(decoded.route);
    else this.#refusals.ofEvent(decoded.error);
  }
}

function keyOf({ message }: HttpRoute): string {
  return `${routeKey(message.uris[0]!)} ${message.address}`;
}
