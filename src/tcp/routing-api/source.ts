import { Follower } from '../../routing-api/follower.ts';
import { Refusals } from '../../routing-api/refusals.ts';
import type { RoutingApi } from '../../routing-api/routing-api.ts';
import type { ComponentLog } from '../../telemetry/component-log.ts';
import type { TcpRegistration } from '../table/route.ts';
import { decodeMapping, ROUTING_API } from './mapping.ts';
import { decodeRouterGroups, type RouterGroup } from './router-groups.ts';

/** cf-tcp-router's (docs/compatibility.md §7.1). */
const WORDS = {
  subscribing: 'Subscribing-to-routing-api-event-stream',
  subscribed: 'Successfully-subscribed-to-routing-api-event-stream',
  subscribeFailed: 'failed-subscribing-to-routing-api-event-stream',
  nextEventFailed: 'failed-to-get-next-routing-api-event',
  tokenFailed: 'error-fetching-token',
  fetchFailed: 'error-fetching-routes',
  fetched: ['fetched-tcp-routes', 'num-routes'],
} as const;

export interface TcpRouteSourceOptions {
  readonly api: RoutingApi;
  readonly routes: {
    register(registration: TcpRegistration): void;
    unregister(registration: TcpRegistration): void;
    /** In pieces. @param isBack whether events, or a list, may have been missed since the last list */
    replace(source: string, registrations: readonly TcpRegistration[], isBack: boolean): Iterable<void>;
  };
  /** Isolation segments whose routes are wanted, the empty one is the shared one; null: all. */
  readonly segments: readonly string[] | null;
  /** Seconds a mapping without a TTL lives. */
  readonly routeExpiry: number;
  /** Milliseconds, see `Follower`. */
  readonly syncInterval: number;
  readonly retryInterval: number;
  readonly log: ComponentLog;
  /** Where fetched lists are told of; default: the same. */
  readonly listLog?: ComponentLog;
}

/** Mappings that are decoded in one turn of the loop. */
const PER_TURN = 500;

/** TCP routes of the routing API (docs/compatibility.md §7.3), on the ports of their router groups alone. */
export class TcpRouteSource {
  readonly follower: Follower;
  readonly #options: TcpRouteSourceOptions;
  readonly #refusals: Refusals;
  readonly #path: string;
  /** Null until the routing API has told them. */
  #groups: ReadonlyMap<string, RouterGroup> | null = null;
  /** Those that were there are not said any more: nothing the routing API lacks at present is taken for gone. */
  #groupsAreGone = false;
  #groupsError = '';
  /** Since the last list that was taken. */
  #wasAway = false;

  constructor(options: TcpRouteSourceOptions) {
    const { api, segments, syncInterval, retryInterval, log, listLog = log } = options;
    this.#options = options;
    this.#refusals = new Refusals(log);
    const wanted = (segments ?? []).map((segment) => `isolation_segment=${encodeURIComponent(segment)}`);
    this.#path = ['/routing/v1/tcp_routes', wanted.join('&')].filter((part) => part !== '').join('?');
    this.follower = new Follower({
      api,
      words: WORDS,
      syncInterval,
      retryInterval,
      log,
      listLog,
      following: {
        eventsPath: '/routing/v1/tcp_routes/events',
        fetch: (signal) => this.#fetch(signal),
        replace: (values) => this.#replace(values),
        upsert: (value) => this.#onEvent(value, 'register'),
        remove: (value) => this.#onEvent(value, 'unregister'),
        lost: () => {
          this.#wasAway = true;
        },
      },
    });
  }

  /** Asks for the router groups; what is known of them stays where that fails. @throws {Error} */
  async fetchGroups(signal: AbortSignal): Promise<readonly RouterGroup[]> {
    const { groups, errors } = decodeRouterGroups(
      await this.#options.api.list('/routing/v1/router_groups', signal),
    );
    this.#complain(errors.join('; '));
    this.#adopt(groups);
    return [...groups.values()];
  }

  /**
   * A routing API with an empty database, or something that answers in its place, has no groups: that is no reason to
   * close all ports at once. Routes then live as long as their TTL, as they do while nobody answers.
   */
  #adopt(groups: ReadonlyMap<string, RouterGroup>): void {
    const areGone = groups.size === 0 && this.#groups !== null && this.#groups.size > 0;
    if (areGone && !this.#groupsAreGone) {
      this.#options.log.warn('router-groups-empty', { kept: this.#groups!.size });
    }
    this.#groupsAreGone = areGone;
    if (!areGone) this.#groups = groups;
  }

  async #fetch(signal: AbortSignal): Promise<readonly unknown[]> {
    const mappings = await this.#options.api.list(this.#path, signal);
    try {
      await this.fetchGroups(signal);
    } catch (error) {
      if (!signal.aborted) this.#complain((error as Error).message);
    }
    return mappings;
  }

  *#replace(mappings: readonly unknown[]): Generator<void> {
    const { routes } = this.#options;
    const registrations: TcpRegistration[] = [];
    const errors: string[] = [];
    for (const [at, mapping] of mappings.entries()) {
      const decoded = this.#decode(mapping);
      if (typeof decoded === 'string') errors.push(decoded);
      else if (decoded !== null) registrations.push(decoded);
      if ((at + 1) % PER_TURN === 0) yield;
    }
    if (this.#groupsAreGone) yield* this.#registerAll(registrations);
    else {
      const isBack = this.#wasAway;
      // Before: it may be lost again while the list is taken.
      this.#wasAway = false;
      yield* routes.replace(ROUTING_API, registrations, isBack);
    }
    this.#refusals.ofList(errors);
  }

  /** And takes nothing for gone. */
  *#registerAll(registrations: readonly TcpRegistration[]): Generator<void> {
    for (const [at, registration] of registrations.entries()) {
      this.#options.routes.register(registration);
      if ((at + 1) % PER_TURN === 0) yield;
    }
  }

  #onEvent(mapping: unknown, verb: 'register' | 'unregister'): void {
    const decoded = this.#decode(mapping);
    if (typeof decoded === 'string') this.#refusals.ofEvent(decoded);
    else if (decoded !== null) this.#options.routes[verb](decoded);
  }

  /** The registration, null where it is for other routers, or what is wrong with it. */
  #decode(mapping: unknown): TcpRegistration | null | string {
    const decoded = decodeMapping(this.#withExpiry(mapping));
    if (!decoded.ok) return decoded.error;
    const { registration } = decoded;
    const { segments } = this.#options;
    if (segments !== null && !segments.includes(registration.isolationSegment)) return null;
    return this.#fault(registration) ?? registration;
  }

  #fault({ owner, port }: TcpRegistration): string | null {
    if (this.#groups === null) return null;
    const group = this.#groups.get(owner.slice(ROUTING_API.length + 1));
    if (group === undefined) return `port ${port}: its router group is not known`;
    return group.ports.has(port) ? null : `port ${port} is none of router group '${group.name}'`;
  }

  #withExpiry(mapping: unknown): unknown {
    if (typeof mapping !== 'object' || mapping === null || Array.isArray(mapping)) return mapping;
    return (mapping as { ttl?: unknown }).ttl ? mapping : { ...mapping, ttl: this.#options.routeExpiry };
  }

  /** Once, though the groups are asked for with every list. */
  #complain(error: string): void {
    if (error !== '' && error !== this.#groupsError) {
      this.#options.log.warn('router-groups-unknown', { error });
    }
    this.#groupsError = error;
  }
}
