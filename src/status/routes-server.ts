import type { Credentials } from './basic-auth.ts';
import { listen, type StatusListener } from './listen.ts';
import type { Page } from './page.ts';
import { protectedPage } from './protected-page.ts';
import { JSON_HEAD, type RoutesSource, routesPage } from './routes-page.ts';
import { createStatusServer } from './status-server.ts';

export interface RoutesServerOptions {
  /** `status.routes.port` */
  readonly port: number;
  readonly credentials: Credentials;
  /** Null without HTTP routes. */
  readonly source: RoutesSource | null;
  /** Called per request; null without a TCP router. */
  readonly tcpRoutes: (() => object) | null;
  /** The key that sets the port, for messages. */
  readonly setting: string;
}

/** The route table, for the machine's own operator (docs/compatibility.md §6.2). */
export function startRoutesServer({
  port,
  credentials,
  source,
  tcpRoutes,
  setting,
}: RoutesServerOptions): Promise<StatusListener> {
  const server = createStatusServer({
    ...(source !== null && {
      '/routes': protectedPage(credentials, routesPage(source)),
      '/routes/lookup': protectedPage(credentials, lookupPage(source)),
    }),
    ...(tcpRoutes !== null && { '/tcp_routes': protectedPage(credentials, jsonPage(tcpRoutes)) }),
  });
  return listen(server, { host: '127.0.0.1', port, purpose: 'routes', setting });
}

function jsonPage(content: () => object): Page {
  return (_request, response) => {
    response.writeHead(200, JSON_HEAD);
    response.end(`${JSON.stringify(content())}\n`);
  };
}

function lookupPage(source: RoutesSource): Page {
  return ({ url = '' }, response) => {
    const asked = new URLSearchParams(url.slice(url.indexOf('?') + 1)).get('url');
    const answer = asked === null ? null : source.lookUp(asked);
    response.writeHead(answer === null ? 400 : 200, JSON_HEAD);
    response.end(`${JSON.stringify(answer ?? { error: 'ask with ?url=http://host/path' })}\n`);
  };
}
