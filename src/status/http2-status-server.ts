import { createSecureServer, type SecureServerOptions } from 'node:http2';
import type { Socket } from 'node:net';
import { on } from '../boundary/events.ts';
import { ONE_MESSAGE } from '../boundary/owner.ts';
import type { StatusServer } from './listen.ts';

const SETTINGS = { maxConcurrentStreams: 100, enablePush: false };

/**
 * With clients that choose it in the TLS handshake HTTP/2 is spoken, with others HTTP/1.1. Pages ask of request and
 * response nothing that the two protocols do not share.
 */
export function createHttp2StatusServer(
  options: SecureServerOptions & { readonly keepAliveTimeout: number },
): StatusServer {
  const server = createSecureServer({ ...options, allowHTTP1: true, settings: SETTINGS });
  const open = new Set<Socket>();
  on(server, 'connection', ONE_MESSAGE, (socket: Socket) => {
    open.add(socket);
    on(socket, 'close', ONE_MESSAGE, () => open.delete(socket));
  });
  server.setTimeout(options.keepAliveTimeout);
  // A client that breaks off, or off the protocol, is its own affair.
  on(server, 'sessionError', ONE_MESSAGE, () => {});
  return Object.assign(server, {
    closeAllConnections(): void {
      for (const socket of open) socket.destroy();
    },
  });
}
