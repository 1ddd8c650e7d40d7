import type { Downstream, DownstreamListener } from '../downstream.ts';

/** After a fault of our own. When that leads to another, the client is not left to wait for an answer. */
export function giveUpExchange(exchange: DownstreamListener, downstream: Downstream): void {
  try {
    exchange.giveUp();
  } catch (error) {
    downstream.destroy();
    throw error;
  }
}
