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
}

/** The route table as JSON, for the machine's own operator (gorouter.md §6.2). */
export function startRoutesServer({
  port,
  credentials,
  routes,
}: RoutesServerOptions): Promise<StatusListener> {
  const page: RequestListener = (_request, response) => {
    response.writeHead(200, { 'Content-Type': 'application/json', Connection: 'close' });
    response.end(`${JSON.stringify(routes())}\n`);
  };
  const server = createStatusServer({ '/routes': protectedPage(credentials, page) });
  return listen(server, { host: '127.0.0.1', port, purpose: 'routes', setting: 'status.routes.port' });
}
