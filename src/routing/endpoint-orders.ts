import type { EndpointFacts } from './endpoint.ts';

/** `drain`: sessions that are there go on, nothing new. `hold`: nothing but what names its instance. */
export type EndpointOrder = 'drain' | 'hold';

/** What an operator has ordered of an endpoint. */
export interface OrderedEndpoint {
  /** Its address, as `host:port`, or its instance's id. */
  readonly endpoint: string;
  /** For this route alone; empty: for all. */
  readonly route: string;
  readonly order: EndpointOrder;
}

/** All orders of operators about endpoints, of those that are there and of those that may come. */
export class EndpointOrders {
  /** Goes up with every change, for those who have looked something up. */
  version = 0;
  #byEndpoint = new Map<string, readonly OrderedEndpoint[]>();

  get isEmpty(): boolean {
    return this.#byEndpoint.size === 0;
  }

  replace(orders: readonly OrderedEndpoint[]): void {
    this.version++;
    this.#byEndpoint = Map.groupBy(orders, ({ endpoint }) => endpoint);
  }

  /** Null: there is none. A hold goes before a drain. */
  of(
    { address, instanceId }: Pick<EndpointFacts, 'address' | 'instanceId'>,
    route: string,
  ): EndpointOrder | null {
    if (this.isEmpty) return null;
    let found: EndpointOrder | null = null;
    for (const name of [address, instanceId]) {
      for (const each of this.#byEndpoint.get(name) ?? NONE) {
        if (each.route !== '' && each.route !== route) continue;
        if (each.order === 'hold') return 'hold';
        found = each.order;
      }
    }
    return found;
  }
}

const NONE: readonly OrderedEndpoint[] = [];
