import type { ArmTallies } from './arm-tally.ts';
import { Arms } from './arms.ts';
import type { Balancer, Candidates } from './balancer.ts';
import type { PoolSettings } from './change.ts';
import type { Endpoint } from './endpoint.ts';
import type { EndpointOrder, EndpointOrders } from './endpoint-orders.ts';
import type { RouteCount } from './route-traffic.ts';

/** What all pools of a thread share. */
export interface PoolGround {
  readonly tallies: ArmTallies;
  readonly orders: EndpointOrders;
}

/** All endpoints of one route as a proxy thread sees them. */
export class Pool implements Candidates {
  settings: PoolSettings;
  /** The one that `settings` name. */
  balancer: Balancer;
  readonly endpoints: Endpoint[] = [];
  /** Where round-robin goes on: this thread's own, begun at random so that threads do not march in step. */
  cursor = Math.floor(Math.random() * 0x10000);
  hashTable: Uint16Array | null = null;
  /** Of its requests on this thread; null: there was none. */
  count: RouteCount | null = null;
  readonly #ground: PoolGround;
  /** Made when somebody asks. */
  #byInstance: Map<string, Endpoint> | null = null;
  #arms: Arms | null = null;
  /** Those that get new requests, where some do not. */
  #open: Candidates | null = null;
  /** Of the orders that `#arms` and `#open` go by. */
  #ordersVersion = 0;

  constructor(settings: PoolSettings, balancer: Balancer, ground: PoolGround) {
    this.settings = settings;
    this.balancer = balancer;
    this.#ground = ground;
  }

  get isEmpty(): boolean {
    return this.endpoints.length === 0;
  }

  get hashBalance(): number {
    return this.settings.hashBalance;
  }

  /** Null without a split. */
  get arms(): Arms | null {
    const { split, hashBalance } = this.settings;
    if (split === null) return null;
    this.#heedOrders();
    if (this.#arms?.split !== split) {
      const { endpoints, cursor } = this;
      const isOpen = (endpoint: Endpoint): boolean => this.orderOf(endpoint) === null;
      const { tallies } = this.#ground;
      this.#arms = new Arms({ split, endpoints, isOpen, hashBalance, cursor, tallies });
    }
    return this.#arms;
  }

  /** The endpoints that get new requests: all, but for those of which operators have ordered otherwise. */
  get open(): Candidates {
    if (this.#ground.orders.isEmpty) return this;
    this.#heedOrders();
    if (this.#open === null) {
      const { cursor, hashBalance } = this;
      const endpoints = this.endpoints.filter((endpoint) => this.orderOf(endpoint) === null);
      this.#open =
        endpoints.length === this.endpoints.length
          ? this
          : { endpoints, cursor, hashBalance, hashTable: null };
    }
    return this.#open;
  }

  /** All among whom requests may be shared out, each with a turn of its own. */
  get groups(): readonly Candidates[] {
    return [this, this.open, ...(this.arms?.groups ?? [])];
  }

  /** Null: nobody has ordered anything of it. */
  orderOf(endpoint: Endpoint): EndpointOrder | null {
    return this.#ground.orders.of(endpoint, this.settings.routeKey);
  }

  /** The endpoint a sticky session names: by its instance id or else its address (docs/compatibility.md §2.4). */
  find(instance: string): Endpoint | null {
    this.#byInstance ??= new Map([
      ...this.endpoints.map((endpoint) => [endpoint.address, endpoint] as const),
      ...this.endpoints.map((endpoint) => [endpoint.instanceId, endpoint] as const),
    ]);
    return this.#byInstance.get(instance) ?? null;
  }

  add(endpoint: Endpoint): void {
    this.#forget();
    this.endpoints.push(endpoint);
  }

  /** Puts it in the place of another; answers that one. */
  replace(at: number, endpoint: Endpoint): Endpoint {
    this.#forget();
    const replaced = this.endpoints[at]!;
    this.endpoints[at] = endpoint;
    return replaced;
  }

  remove(at: number): Endpoint {
    this.#forget();
    return this.endpoints.splice(at, 1)[0]!;
  }

  /** The route has gone: who still holds the pool finds nobody in it. */
  clear(): void {
    this.#forget();
    this.endpoints.length = 0;
  }

  #forget(): void {
    this.hashTable = null;
    this.#byInstance = null;
    this.#arms = null;
    this.#open = null;
  }

  #heedOrders(): void {
    const { version } = this.#ground.orders;
    if (this.#ordersVersion === version) return;
    this.#ordersVersion = version;
    this.#arms = null;
    this.#open = null;
  }
}
