import type { RequestListener } from 'node:http';
import type { Credentials } from './basic-auth.ts';
import { listen, type StatusListener } from './listen.ts';
import { protectedPage } from './protected-page.ts';
import { createStatusServer } from './status-server.ts';

export interface RoutesServerOptions {
  /** `status.routes.port` */
  readonly port: number;
  readonly credentials: Credentials;
  /** Called per request: the table may be large. */
  routes(): object;
  /** Likewise; null without a TCP router. */
  readonly tcpRoutes: (() => object) | null;
}

/** The route tables as JSON, for the machine's own operator (gorouter.md §6.2). */
export function startRoutesServer({
  port,
  credentials,
  routes,
  tcpRoutes,
}: RoutesServerOptions): Promise<StatusListener> {
  const pages = { '/routes': protectedPage(credentials, jsonPage(routes)) };
  const server = createStatusServer(
    tcpRoutes === null ? pages : { ...pages, '/tcp_routes': protectedPage(credentials, jsonPage(tcpRoutes)) },
  );
  return listen(server, { host: '127.0.0.1', port, purpose: 'routes', setting: 'status.routes.port' });
}

function jsonPage(content: () => object): RequestListener {
  return (_request, response) => {
    response.writeHead(200, { 'Content-Type': 'application/json', Connection: 'close' });
    response.end(`${JSON.stringify(content())}\n`);
  };
}
