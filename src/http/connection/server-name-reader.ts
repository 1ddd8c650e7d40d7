import type { Socket } from 'node:net';
import { ClientHelloReader } from '../../tls/client-hello.ts';

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
    raw.off('data', onData);
    raw.off('end', onEnd);
    raw.pause();
    raw.unshift(seen.length === 1 ? chunk : Buffer.concat(seen));
    done(hello.kind === 'hello' ? hello.serverName : '');
  };
  const onEnd = () => raw.destroy();
  raw.on('data', onData);
  raw.on('end', onEnd);
  raw.resume();
}
