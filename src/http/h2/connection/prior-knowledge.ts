import { on } from '../../../boundary/events.ts';
import type { Client } from '../../connection/client.ts';
import { ownerOf } from '../../connection/socket-owner.ts';
import { PREFACE } from '../frame-text.ts';

/** No HTTP/1.1 request begins like this. */
const PREFACE_BYTES = Buffer.from(PREFACE, 'latin1');

/**
 * Finds out by its first bytes whether a client speaks HTTP/2 without having said so before (RFC 9113 §3.3), puts
 * them back and answers once. Never, when the client goes away before.
 */
export function detectHttp2({ socket }: Client, done: (isHttp2: boolean) => void): void {
  let seen: Buffer = Buffer.alloc(0);
  const onData = (chunk: Buffer): void => {
    seen = seen.length === 0 ? chunk : Buffer.concat([seen, chunk]);
    const compared = Math.min(seen.length, PREFACE_BYTES.length);
    const matches = seen.compare(PREFACE_BYTES, 0, compared, 0, compared) === 0;
    if (matches && seen.length < PREFACE_BYTES.length) return;
    socket.pause();
    socket.off('data', listening);
    socket.unshift(seen);
    done(matches);
  };
  const listening = on(socket, 'data', ownerOf(socket), onData);
}
