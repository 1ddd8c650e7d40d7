import type { NatsConnection } from '@nats-io/transport-node';
import type { Bus, BusState } from '../bus/bus.ts';

/** A bus with the connection under it, for JetStream: a `BusClient`. Whoever has made it closes it. */
export interface StoreBus extends Bus {
  readonly state: BusState;
  readonly connection: NatsConnection;
}
