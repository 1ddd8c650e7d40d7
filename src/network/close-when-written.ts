import type { Socket } from 'node:net';
import { once } from '../boundary/events.ts';
import type { Owner } from '../boundary/owner.ts';

/** Closes a connection, if its own side has been ended not before what waits is written. Answers whether something does. */
export function closeWhenWritten(owner: Owner, socket: Socket): boolean {
  if (!socket.writableEnded || socket.writableFinished) {
    socket.destroy();
    return false;
  }
  once(socket, 'finish', owner, () => socket.destroy());
  return true;
}
