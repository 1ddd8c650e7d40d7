import type { Socket } from 'node:net';
import { on, silence } from '../boundary/events.ts';
import type { Owner } from '../boundary/owner.ts';

/**
 * Has a socket hold on to nobody once it has closed. What Node makes of a connection outlives the collections of the young
 * generation, longest with TLS, and whoever listens to it would with it: half of all that is made for TLS connections was
 * copied twice and kept until a full collection, in pauses of 30 ms. All who wait for `close` are told. `then`: called with them.
 */
export function forgetWhenClosed(socket: Socket, owner: Owner, then?: () => void): void {
  on(socket, 'close', owner, () => {
    silence(socket);
    then?.();
  });
}
