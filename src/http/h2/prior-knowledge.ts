import { on } from '../../boundary/events.ts';
import type { Client } from '../connection/client.ts';
import { ownerOf } from '../connection/socket-owner.ts';

/** What every HTTP/2 client says first (RFC 9113 §3.4). No HTTP/1.1 request begins like this. */
const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'latin1');

/**
 * Finds out by its first bytes whether a client speaks HTTP/2 without having said so before (RFC 9113 §3.3), puts
 * them back and answers once. Never, when the client goes away before.
 */
export function detectHttp2({ socket }: Client, done: (isHttp2: boolean) => void): void {
  let seen: Buffer = Buffer.alloc(0);
  const onData = (chunk: Buffer): void => {
    seen = seen.length === 0 ? chunk : Buffer.concat([seen, chunk]);
    const compared = Math.min(seen.length, PREFACE.length);
    const matches = seen.compare(PREFACE, 0, compared, 0, compared) === 0;
    if (matches && seen.length < PREFACE.length) return;
    socket.pause();
    socket.off('data', listening);
    socket.unshift(seen);
    done(matches);
  };
  const listening = on(socket, 'data', ownerOf(socket), onData);
}
