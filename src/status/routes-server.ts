import { once } from 'node:events';
import type { RequestListener, ServerResponse } from 'node:http';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Credentials } from './basic-auth.ts';
import { listen, type StatusListener } from './listen.ts';
import { protectedPage } from './protected-page.ts';
import { createStatusServer } from './status-server.ts';

export interface RoutesSource {
  /** The table as JSON, in pieces; between two of them other work may be done. */
  routes(): Iterable<string>;
  /** Which route a URL leads to and why, as JSON; `null` when it is no URL. */
  lookUp(url: string): object | null;
}

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

const JSON_HEAD = { 'Content-Type': 'application/json', Connection: 'close' };

/** The route table, for the machine's own operator (gorouter.md §6.2). */
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

/** `/routes`: as fast as the client reads it, and no faster than the router has time for. */
function routesPage(source: RoutesSource): RequestListener {
  return (_request, response) => {
    response.writeHead(200, JSON_HEAD);
    // A client that leaves in the middle is no error of anybody's.
    write(response, source.routes()).catch(() => response.destroy());
  };
}

async function write(response: ServerResponse, pieces: Iterable<string>): Promise<void> {
  const left = once(response, 'close');
  for (const piece of pieces) {
    if (response.destroyed) return;
    if (piece !== '' && !response.write(piece)) await Promise.race([once(response, 'drain'), left]);
    await nextTurn();
  }
  response.end();
}

function jsonPage(content: () => object): RequestListener {
  return (_request, response) => {
    response.writeHead(200, JSON_HEAD);
    response.end(`${JSON.stringify(content())}\n`);
  };
}

function lookupPage(source: RoutesSource): RequestListener {
  return ({ url = '' }, response) => {
    const asked = new URLSearchParams(url.slice(url.indexOf('?') + 1)).get('url');
    const answer = asked === null ? null : source.lookUp(asked);
    response.writeHead(answer === null ? 400 : 200, JSON_HEAD);
    response.end(`${JSON.stringify(answer ?? { error: 'ask with ?url=http://host/path' })}\n`);
  };
}
