import type { Socket } from 'node:net';
import { on } from '../../boundary/events.ts';
import { MAX_HEADER_BYTES, type ProxyFault, type ProxyHeader } from '../../proxy-protocol/header.ts';
import { readProxyHeader } from '../../proxy-protocol/read.ts';
import { ownerOf } from './socket-owner.ts';

const NOTHING = Buffer.alloc(0);

/**
 * Takes a PROXY header off the front of a connection, and nothing behind it. Called back once, with the connection
 * paused; never when it closes before, which it does when its peer ends it.
 */
export function takeProxyHeader(raw: Socket, done: (read: ProxyHeader | ProxyFault) => void): void {
  let bytes: Buffer = NOTHING;
  const onData = (chunk: Buffer) => {
    bytes = bytes.length === 0 ? chunk : Buffer.concat([bytes, chunk]);
    const read = readProxyHeader(bytes, 0, bytes.length);
    if (read.kind === 'partial' && bytes.length <= MAX_HEADER_BYTES) return;
    raw.off('data', listening);
    raw.off('end', ending);
    raw.pause();
    const rest = bytes.subarray(read.kind === 'header' ? read.length : 0);
    if (rest.length > 0) raw.unshift(rest);
    if (read.kind === 'header') done(read.header);
    else done(read.kind === 'fault' ? read.fault : 'too-long');
  };
  const owner = ownerOf(raw);
  const listening = on(raw, 'data', owner, onData);
  const ending = on(raw, 'end', owner, () => raw.destroy());
  raw.resume();
}
