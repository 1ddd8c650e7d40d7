import type { Socket } from 'node:net';
import { once } from '../boundary/events.ts';
import type { Owner } from '../boundary/owner.ts';
import { after } from '../boundary/timers.ts';
import { askWhetherThere } from './ask-whether-there.ts';

/** Between two questions. */
const AGAIN_MS = 5000;

/**
 * For a connection whose own side has been ended, before all is written. Once the end of TLS is on its way Node tells of no
 * write that fails, and from a peer that has ended its side nothing more is read: one that has reset the connection would be
 * waited for as if it read slowly. So the connection under TLS is asked; `close` follows where nobody is there.
 *
 * @param raw the TCP connection; without TLS the same as `socket`, and told by the kernel
 */
export function askUntilWritten(owner: Owner, socket: Socket, raw: Socket): void {
  if (socket === raw) return;
  const ask = (): void => {
    if (socket.writableFinished || socket.destroyed || raw.destroyed) return;
    askWhetherThere(raw);
    after(AGAIN_MS, owner, ask).unref();
  };
  if (socket.readableEnded) ask();
  else once(socket, 'end', owner, ask);
}
