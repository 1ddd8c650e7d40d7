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

  async start(): Promise<void> {
    const bus = this.#bus.client;
    if (bus !== null) await subscribeRoutes({ bus, ...this.#options });
  }
}
