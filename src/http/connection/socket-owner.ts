import type { Socket } from 'node:net';
import type { Owner } from '../../boundary/owner.ts';

/** Who is given up for a connection that nobody has taken over: itself. */
export function ownerOf(socket: Socket): Owner {
  return { kind: 'connection', panic: () => socket.destroy() };
}
