import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { createSecureServer, type SecureServerOptions } from 'node:http2';
import type { Socket } from 'node:net';
import type { StatusServer } from './listen.ts';

const SETTINGS = { maxConcurrentStreams: 100, enablePush: false };

/** With clients that choose it in the TLS handshake HTTP/2 is spoken, with others HTTP/1.1. */
export function createHttp2StatusServer(
  answer: RequestListener,
  options: SecureServerOptions & { readonly keepAliveTimeout: number },
): StatusServer {
  // Pages ask of request and response nothing that the two protocols do not share.
  const server = createSecureServer(
    { ...options, allowHTTP1: true, settings: SETTINGS },
    (request, response) =>
      answer(request as unknown as IncomingMessage, response as unknown as ServerResponse<IncomingMessage>),
  );
  const open = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    open.add(socket);
    socket.on('close', () => open.delete(socket));
  });
  server.setTimeout(options.keepAliveTimeout);
  // A client that breaks off, or off the protocol, is its own affair.
  server.on('sessionError', () => {});
  return Object.assign(server, {
    closeAllConnections(): void {
      for (const socket of open) socket.destroy();
    },
  });
}
