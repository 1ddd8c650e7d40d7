import type { Socket } from 'node:net';
import { once } from '../../boundary/events.ts';
import type { Owner } from '../../boundary/owner.ts';
import { askUntilWritten } from '../../network/ask-until-written.ts';
import type { Deadline } from '../../time/deadline.ts';
import type { ProxyContext } from '../proxy-context.ts';

/**
 * Half-closes and waits a little, so that the client can read the answer before a reset destroys it (RFC 9112 §9.6). What
 * still arrives is to be thrown away. `onWritten`: the client has taken all of it, and its moment begins.
 */
export function linger(
  owner: Owner,
  socket: Socket,
  raw: Socket,
  deadline: Deadline,
  context: ProxyContext,
  onWritten: () => void,
): void {
  const { deadlines, now } = context;
  socket.end();
  socket.resume();
  deadlines.stalledWrite.arm(deadline, now);
  // A slow client may take long for what is written already: its moment begins behind that.
  once(socket, 'finish', owner, () => {
    onWritten();
    deadlines.linger.arm(deadline, context.now);
  });
  askUntilWritten(owner, socket, raw);
}

/**
 * Of a connection whose client has said that it sends no more (RFC 9112 §9.6), and of which nothing is unread: nothing that it
 * sends can make the kernel reset what it is still to read, so the end of the connection is enough. TLS needs a word of its own
 * for it. Answers whether it has been closed: not where the kernel has not taken everything.
 */
export function closeAtOnce(socket: Socket, raw: Socket): boolean {
  if (socket !== raw || socket.writableLength > 0) return false;
  socket.destroy();
  return true;
}
