import { giveUp } from '../boundary/boundary.ts';
import { ONE_MESSAGE } from '../boundary/owner.ts';
import type { RouteMessage } from '../bus/route-message.ts';
import { isOlder, type ModificationTag } from '../routing/modification-tag.ts';
import { routeKey } from '../routing/route-key.ts';
import type { ComponentLog } from '../telemetry/component-log.ts';
import { Follower } from './follower.ts';
import { decodeHttpRoute, type HttpRoute } from './http-route.ts';
import { Refusals } from './refusals.ts';
import type { RoutingApi } from './routing-api.ts';

/** gorouter's (docs/compatibility.md §6.8). */
const RETRY_INTERVAL_MS = 1000;
/** Routes of a list that are taken in one turn of the loop. */
const PER_TURN = 250;

const WORDS = {
  subscribing: 'Subscribing-to-routing-api-event-stream',
  subscribed: 'Successfully-subscribed-to-routing-api-event-stream',
  subscribeFailed: 'Failed-to-subscribe-to-routing-api-event-stream',
  nextEventFailed: 'failed-getting-next-event',
  tokenFailed: 'failed-to-fetch-token',
  fetchFailed: 'failed-to-fetch-routes',
  fetched: ['syncer-fetch-routes-completed', 'routes'],
} as const;

export interface HttpRoutesOptions {
  readonly api: Pick<RoutingApi, 'list' | 'events' | 'subscribeEventsErrors'>;
  readonly registry: {
    register(message: RouteMessage, digest: undefined, tag: ModificationTag): void;
    unregister(message: RouteMessage, tag: ModificationTag): void;
    /** Of what an earlier process was told here, removes what is not listed; in pieces. */
    dropFormer(isListed: (key: string, address: string) => boolean): Iterable<void>;
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
  readonly #known = new Map<string, HttpRoute>();
  /** What is known of them is all there is: what an earlier process knew is in step too. */
  #isComplete = false;

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

  /** In pieces: what is known is right after each of them, so that a list which breaks off leaves nothing behind. */
  *#replace(values: readonly unknown[]): Generator<void> {
    const next = new Map<string, HttpRoute>();
    const errors: string[] = [];
    for (const piece of pieces(values)) {
      for (const value of piece) {
        const decoded = decodeHttpRoute(value);
        if (decoded.ok) next.set(keyOf(decoded.route), decoded.route);
        else errors.push(decoded.error);
      }
      yield;
    }
    const gone = [...this.#known].filter(([key]) => !next.has(key));
    yield;
    for (const piece of pieces(gone)) {
      for (const [key, route] of piece) this.#forget(key, route);
      yield;
    }
    for (const piece of pieces([...next])) {
      for (const [key, route] of piece) this.#take(key, route);
      yield;
    }
    if (!this.#isComplete) {
      yield* this.#options.registry.dropFormer((key, address) => next.has(nameOf(key, address)));
      this.#isComplete = true;
    }
    this.#refusals.ofList(errors);
  }

  /** A fault in one route is that route's alone. */
  #take(key: string, route: HttpRoute): void {
    this.#known.set(key, route);
    try {
      this.#options.registry.register(route.message, undefined, route.tag);
    } catch (error) {
      giveUp(ONE_MESSAGE, error);
    }
  }

  #forget(key: string, { message, tag }: HttpRoute): void {
    this.#known.delete(key);
    try {
      this.#options.registry.unregister(message, tag);
    } catch (error) {
      giveUp(ONE_MESSAGE, error);
    }
  }

  #put(route: HttpRoute): void {
    const key = keyOf(route);
    const present = this.#known.get(key);
    if (present !== undefined && isOlder(route.tag, present.tag)) return;
    this.#take(key, route);
  }

  #remove(route: HttpRoute): void {
    const key = keyOf(route);
    const present = this.#known.get(key);
    if (present !== undefined && isOlder(route.tag, present.tag)) return;
    this.#forget(key, route);
  }

  #onEvent(value: unknown, apply: (route: HttpRoute) => void): void {
    const decoded = decodeHttpRoute(value);
    if (decoded.ok) apply(decoded.route);
    else this.#refusals.ofEvent(decoded.error);
  }
}

function* pieces<T>(all: readonly T[]): Generator<readonly T[]> {
  for (let at = 0; at < all.length; at += PER_TURN) yield all.slice(at, at + PER_TURN);
}

function keyOf({ message }: HttpRoute): string {
  return nameOf(routeKey(message.uris[0]!), message.address);
}

function nameOf(key: string, address: string): string {
  return `${key} ${address}`;
}
