import type { Socket } from 'node:net';
import { ONE_ROUND } from '../boundary/owner.ts';
import { soon } from '../boundary/timers.ts';

/**
 * Ends a connection with a reset, so that its peer does not take what it got for the whole. Where none can be sent it
 * is just closed: before it is connected, and on the way to its FIN, when Node would not close it at all
 * (uv_tcp_close_reset). `raw`: the connection under `socket`, another one where that speaks TLS.
 */
export function cut(socket: Socket, raw: Socket = socket): void {
  if (!raw.connecting && !isEnding(raw) && !isEnding(socket)) raw.resetAndDestroy();
  else raw.destroy();
  // Not now: with the TCP connection gone Node frees the state of TLS at once, and where a handshake has just ended OpenSSL
  // is in the midst of using it. The process would not survive that.
  if (socket !== raw) soon(ONE_ROUND, () => socket.destroy());
}

function isEnding(socket: Socket): boolean {
  return socket.writableEnded && !socket.writableFinished;
}
