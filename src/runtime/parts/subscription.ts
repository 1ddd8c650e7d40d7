import { inBackground } from '../../boundary/boundary.ts';
import { ONE_ROUND } from '../../boundary/owner.ts';
import type { BusClient } from '../../bus/client.ts';
import { type SubscriberOptions, subscribeRoutes } from '../../bus/subscriber.ts';
import type { BusPart } from './bus.ts';
import type { Part } from './part.ts';

/** What the bus says of routes, brought to the tables. */
export class SubscriptionPart implements Part {
  readonly name = 'subscription';
  readonly #bus: BusPart;
  readonly #options: Omit<SubscriberOptions, 'bus'>;

  constructor(bus: BusPart, options: Omit<SubscriberOptions, 'bus'>) {
    this.#bus = bus;
    this.#options = options;
  }

  /** Resolves when the subscriptions are in place, or will be as soon as the bus is found. */
  async start(): Promise<void> {
    const { client } = this.#bus;
    if (client !== null) await this.#subscribe(client);
    else this.#bus.whenFound((found) => inBackground(ONE_ROUND, this.#subscribe(found)));
  }

  #subscribe(bus: BusClient): Promise<void> {
    return subscribeRoutes({ bus, ...this.#options });
  }
}
