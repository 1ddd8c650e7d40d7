import type { Socket } from 'node:net';
import { on } from '../../boundary/events.ts';
import { ClientHelloReader } from '../../tls/client-hello.ts';
import { ownerOf } from './socket-owner.ts';

/**
 * Finds out which host a TLS client names, puts back what it has read and answers once. Never, when the connection
 * closes before, which it does when its peer ends it. Empty: none, or what comes is no hello; OpenSSL will say so.
 */
export function takeServerName(raw: Socket, done: (serverName: string) => void): void {
  const reader = new ClientHelloReader();
  const seen: Buffer[] = [];
  const onData = (chunk: Buffer) => {
    seen.push(chunk);
    const hello = reader.add(chunk);
    if (hello.kind === 'partial') return;
    raw.off('data', listening);
    raw.off('end', ending);
    raw.pause();
    raw.unshift(seen.length === 1 ? chunk : Buffer.concat(seen));
    done(hello.kind === 'hello' ? hello.serverName : '');
  };
  const owner = ownerOf(raw);
  const listening = on(raw, 'data', owner, onData);
  const ending = on(raw, 'end', owner, () => raw.destroy());
  raw.resume();
}
