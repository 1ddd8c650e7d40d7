import type { Balancer } from './balancer.ts';
import { NO_RECORD } from './change.ts';
import type { Endpoint, LoadBalancing } from './endpoint.ts';
import { unpackEndpoint } from './endpoint-record.ts';
import { Pool } from './pool.ts';
import { Route } from './route.ts';
import {
  ENDPOINT_GONE,
  ENDPOINT_PUT,
  POOL,
  POOL_GONE,
  POOL_PUT,
  type PoolPolicy,
  type RouteBatch,
  samePolicy,
} from './route-batch.ts';
import { RouteTable } from './route-table.ts';

/** An endpoint that pools of this thread hold. */
interface Held {
  readonly endpoint: Endpoint;
  pools: number;
}

/** How far a batch has been applied. */
export interface BatchPlace {
  readonly batch: RouteBatch;
  code: number;
  text: number;
  route: Route | null;
}

export function startOf(batch: RouteBatch): BatchPlace {
  return { batch, code: 0, text: 0, route: null };
}

/** A proxy thread's own copy of the route table, kept up by the registry's changes. */
export class Replica {
  /** The pools themselves where there are such, so that a match has one step less to go. */
  readonly #table = new RouteTable<Route | Pool>();
  readonly #records: { read(record: number): string };
  readonly #balancerFor: (algorithm: LoadBalancing) => Balancer;
  readonly #onSlotUnused: (slot: number) => void;
  /** One object for all pools that have the same endpoint, by its record. */
  readonly #held = new Map<number, Held>();
  /** How many of those there are of each backend's slot; a slot that leaves the last one is done with here. */
  readonly #uses = new Map<number, number>();
  #lastPolicy: PoolPolicy | null = null;

  /** `onSlotUnused` is told when no pool that had requests holds an endpoint with this slot any more. */
  constructor(
    records: { read(record: number): string },
    balancerFor: (algorithm: LoadBalancing) => Balancer,
    onSlotUnused: (slot: number) => void,
  ) {
    this.#records = records;
    this.#balancerFor = balancerFor;
    this.#onSlotUnused = onSlotUnused;
  }

  /** See `RouteTable.match`. */
  match(host: string, path: string): Pool | null {
    const found = this.#table.match(host, path);
    return found === null || found instanceof Pool ? found : this.#wake(found);
  }

  /** Applies about so many changes of a batch, from `place` on, which is moved; whether that was the rest of it. */
  apply(place: BatchPlace, most = Number.POSITIVE_INFINITY): boolean {
    const { codes } = place.batch;
    for (let work = 0; place.code < codes.length && work < most; ) work += this.#applyOne(place, codes);
    return place.code === codes.length;
  }

  /** Answers how much work it was. */
  #applyOne(place: BatchPlace, codes: Int32Array): number {
    const { texts, policies } = place.batch;
    const at = place.code;
    const { route } = place;
    switch (codes[at]) {
      case POOL_PUT:
        place.code += 3;
        place.route = this.#putPool(
          codes[at + 1]!,
          texts[place.text++]!,
          texts[place.text++]!,
          policies[codes[at + 2]!]!,
        );
        return 1;
      case POOL:
        place.code += 1;
        place.route = this.#routeOf(texts[place.text++]!);
        return 1;
      case POOL_GONE:
        place.code += 1;
        place.route = null;
        if (route === null) return 1;
        this.#table.delete(route.routeKey);
        if (route.pool !== null) for (const record of route.places) this.#release(record);
        return 1;
      case ENDPOINT_PUT:
        place.code += 3;
        if (route !== null) this.#putEndpoint(route, codes[at + 1]!, codes[at + 2]!);
        return route === null ? 1 : workOf(route, codes[at + 2]!);
      case ENDPOINT_GONE:
        place.code += 2;
        if (route !== null) this.#removeEndpoint(route, codes[at + 1]!);
        return route === null ? 1 : workOf(route, codes[at + 1]!);
      default:
        throw new Error(`a batch of route changes holds the code ${codes[at]}`);
    }
  }

  #putPool(id: number, key: string, contextPath: string, policy: PoolPolicy): Route {
    if (this.#lastPolicy === null || !samePolicy(this.#lastPolicy, policy)) this.#lastPolicy = policy;
    const known = this.#routeOf(key);
    if (known === null || known.id !== id) {
      const route = new Route(id, key, contextPath === '/' ? '/' : contextPath, this.#lastPolicy);
      this.#table.set(key, route);
      return route;
    }
    known.contextPath = contextPath;
    known.policy = this.#lastPolicy;
    if (known.pool !== null) {
      known.pool.settings = known.settings;
      known.pool.balancer = this.#balancerFor(policy.loadBalancing);
    }
    return known;
  }

  #putEndpoint(route: Route, record: number, replaced: number): void {
    const { pool } = route;
    if (replaced === NO_RECORD) {
      route.add(record);
      pool?.add(this.#hold(record));
      return;
    }
    const at = route.replace(replaced, record);
    if (at < 0 || pool === null) return;
    pool.replace(at, this.#hold(record));
    this.#release(replaced);
  }

  #removeEndpoint(route: Route, record: number): void {
    const at = route.remove(record);
    if (at < 0 || route.pool === null) return;
    route.pool.remove(at);
    this.#release(record);
  }

  #wake(route: Route): Pool {
    const pool = new Pool(route.settings, this.#balancerFor(route.policy.loadBalancing));
    for (const record of route.places) pool.add(this.#hold(record));
    route.pool = pool;
    pool.route = route;
    this.#table.set(route.routeKey, pool);
    return pool;
  }

  #routeOf(key: string): Route | null {
    const found = this.#table.get(key);
    return found instanceof Pool ? found.route : found;
  }

  #hold(record: number): Endpoint {
    const held = this.#held.get(record);
    if (held !== undefined) {
      held.pools++;
      return held.endpoint;
    }
    const endpoint = unpackEndpoint(this.#records.read(record));
    this.#held.set(record, { endpoint, pools: 1 });
    this.#uses.set(endpoint.slot, (this.#uses.get(endpoint.slot) ?? 0) + 1);
    return endpoint;
  }

  #release(record: number): void {
    const held = this.#held.get(record)!;
    if (--held.pools > 0) return;
    this.#held.delete(record);
    const { slot } = held.endpoint;
    const uses = this.#uses.get(slot)! - 1;
    if (uses > 0) {
      this.#uses.set(slot, uses);
      return;
    }
    this.#uses.delete(slot);
    this.#onSlotUnused(slot);
  }
}

/** To find a record among many others takes its time. */
function workOf(route: Route, sought: number): number {
  return sought === NO_RECORD || typeof route.records === 'number' ? 1 : 1 + (route.records.length >> 8);
}
