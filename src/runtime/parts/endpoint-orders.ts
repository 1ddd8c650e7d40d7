import type { AdminApi } from '../../admin/api.ts';
import { inBackground } from '../../boundary/boundary.ts';
import { ONE_ROUND } from '../../boundary/owner.ts';
import { every } from '../../boundary/timers.ts';
import type { DecisionEntry } from '../../decisions/decision.ts';
import type { DecisionStore } from '../../decisions/decision-store.ts';
import type { Registry } from '../../registry/registry.ts';
import type { OrderedEndpoint } from '../../routing/endpoint-orders.ts';
import type { ComponentLog } from '../../telemetry/component-log.ts';
import { systemTime } from '../../time/wall-clock.ts';
import { type DecidedOrder, isOrderKey, isOver, readOrder } from '../endpoints/endpoint-order.ts';
import { endpointOrderRoutes } from '../endpoints/endpoint-order-routes.ts';
import type { Part } from './part.ts';

export interface EndpointOrdersPartOptions {
  readonly registry: Registry;
  readonly api: AdminApi;
  /** Null before its start. */
  store(): DecisionStore | null;
  /** Brings all orders to the proxy threads. */
  tell(orders: readonly OrderedEndpoint[]): void;
  readonly log: ComponentLog;
}

/** How late the end of an order may be noticed. */
const ROUND_MS = 1000;
/** An order outlives its end in the store for a while: whose clock is ahead ends it for no other router. */
const KEPT_AFTER_END_MS = 600_000;

interface Standing {
  readonly order: DecidedOrder;
  readonly revision: number;
  readonly by: string;
}

/** What operators have ordered of endpoints, brought to the threads, and ended when its time is over. */
export class EndpointOrdersPart implements Part {
  readonly name = 'endpoint orders';
  readonly #options: EndpointOrdersPartOptions;
  readonly #standing = new Map<string, Standing>();
  #inForce = '[]';
  #end: (() => void) | null = null;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: EndpointOrdersPartOptions) {
    this.#options = options;
    options.api.add(...endpointOrderRoutes({ ...options, now: systemTime }));
  }

  start(): void {
    this.#end = this.#options.store()?.watch((entry) => this.#heed(entry)) ?? null;
    this.#timer = every(ROUND_MS, ONE_ROUND, () => {
      if (this.#standing.size === 0) return;
      this.#apply();
      inBackground(ONE_ROUND, this.#tidy());
    });
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#end?.();
  }

  /** See `Deciders`. */
  orderedBy({ address, instanceId }: { address: string; instanceId: string }, route: string): string {
    const now = systemTime();
    const meant = [...this.#standing.values()].filter(
      ({ order: { endpoint, route: of, ...order } }) =>
        (endpoint === address || endpoint === instanceId) &&
        (of === '' || of === route) &&
        !isOver({ endpoint, route: of, ...order }, now),
    );
    const [first] = meant.toSorted((a, b) => b.order.order.localeCompare(a.order.order));
    return first === undefined ? '' : `admin:${first.by}`;
  }

  #heed(entry: DecisionEntry): void {
    const { key, value, revision, by } = entry;
    if (!isOrderKey(key)) return;
    const { log } = this.#options;
    const before = this.#standing.get(key);
    this.#standing.delete(key);
    const order = value === null ? null : readOrder(entry);
    if (order !== null) this.#standing.set(key, { order, revision, by });
    else if (value !== null) log.error('endpoint-order-not-understood', { revision, by });
    const told = order ?? before?.order;
    if (told !== undefined) {
      const { endpoint, route } = told;
      log.info('endpoint-ordered', { endpoint, route, order: order?.order ?? 'ready', by });
    }
    this.#apply();
  }

  #apply(): void {
    const now = systemTime();
    const inForce = [...this.#standing.values()]
      .filter(({ order }) => !isOver(order, now))
      .map(({ order: { endpoint, route, order } }) => ({ endpoint, route, order }));
    const text = JSON.stringify(inForce);
    if (text === this.#inForce) return;
    this.#inForce = text;
    this.#options.registry.orders.replace(inForce);
    this.#options.tell(inForce);
  }

  async #tidy(): Promise<void> {
    const store = this.#options.store();
    if (store?.state.name !== 'reachable') return;
    for (const [key, { order, revision }] of this.#standing) {
      if (isOver(order, systemTime() - KEPT_AFTER_END_MS)) await store.remove(key, 'its end', revision);
    }
  }
}
