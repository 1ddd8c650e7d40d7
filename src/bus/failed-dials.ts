import { NodeTransport } from '@nats-io/transport-node/lib/node_transport.js';

let state: 'as-it-was' | 'ours' = 'as-it-was';

/**
 * From now on a dial that failed leaves no socket behind. The NATS client forgets the one of a server that took the
 * connection and said nothing for as long as it waits, so that each attempt on a server that hangs would cost a descriptor.
 */
export function closeFailedDials(): void {
  if (state === 'ours') return;
  state = 'ours';
  const { close } = NodeTransport.prototype;
  NodeTransport.prototype.close = function (error?: Error): Promise<void> {
    if (!this.connected) {
      this.done = true;
      this.socket?.destroy();
    }
    return close.call(this, error);
  };
}
