import type { Socket } from 'node:net';
import { on } from '../boundary/events.ts';
import type { Owner } from '../boundary/owner.ts';

/**
 * Has a socket hold on to nobody once it has closed. What Node makes of a connection outlives the collections of the young
 * generation, longest with TLS, and whoever listens to it would with it: half of all that is made for TLS connections was
 * copied twice and kept until a full collection, in pauses of 30 ms. To be called behind all who listen for `close`.
 */
export function forgetWhenClosed(socket: Socket, owner: Owner): void {
  on(socket, 'close', owner, () => {
    socket.removeAllListeners();
    // Nothing is expected of it any more; without anybody who listens an error would end the thread.
    on(socket, 'error', owner, ignore);
  });
}

function ignore(): void {}
