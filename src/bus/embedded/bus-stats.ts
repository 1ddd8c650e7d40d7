/** Counters under the names nats-server's /varz gives them; bytes are those of messages, headers included. */
export interface BusStats {
  /** Clients connected now. */
  connections: number;
  /** Clients connected since the start. */
  totalConnections: number;
  /** Messages received from clients. */
  inMsgs: number;
  inBytes: number;
  /** Messages sent to subscribers. */
  outMsgs: number;
  outBytes: number;
  /** Clients cut off because they did not read what they subscribed to. */
  slowConsumers: number;
  /** Clients cut off because they did not answer PING. */
  staleConnections: number;
}

export function newBusStats(): BusStats {
  return {
    connections: 0,
    totalConnections: 0,
    inMsgs: 0,
    inBytes: 0,
    outMsgs: 0,
    outBytes: 0,
    slowConsumers: 0,
    staleConnections: 0,
  };
}
