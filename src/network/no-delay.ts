import type { Server, Socket } from 'node:net';
import { on } from '../boundary/events.ts';
import type { Owner } from '../boundary/owner.ts';

interface Handle {
  setNoDelay(on: boolean): number;
}

/**
 * Has connections that a server accepts send at once what is written, small as it is (TCP_NODELAY). Linux gives an accepted
 * socket what its listening one has: that is one system call for all, where Node makes one for each. Node has no public way to the
 * listening socket; where it has none at all each is told. Call it when the server listens.
 */
export function sendAtOnce(server: Server, owner: Owner): void {
  const handle = Reflect.get(server, '_handle') as Partial<Handle> | null;
  if (handle?.setNoDelay?.(true) === 0) return;
  on(server, 'connection', owner, (socket: Socket) => socket.setNoDelay(true));
}
