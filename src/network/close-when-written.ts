import type { Socket } from 'node:net';
import { once } from '../boundary/events.ts';
import type { Owner } from '../boundary/owner.ts';
import { askUntilWritten } from './ask-until-written.ts';

/**
 * Closes a connection, if its own side has been ended not before what waits is written. Answers whether something does.
 * `raw`: the connection under `socket`, another one where that speaks TLS.
 */
export function closeWhenWritten(owner: Owner, socket: Socket, raw: Socket): boolean {
  if (!socket.writableEnded || socket.writableFinished) {
    socket.destroy();
    return false;
  }
  once(socket, 'finish', owner, () => socket.destroy());
  askUntilWritten(owner, socket, raw);
  return true;
}
