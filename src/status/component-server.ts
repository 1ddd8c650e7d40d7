import type { Credentials } from './basic-auth.ts';
import type { Health } from './health.ts';
import { healthPage } from './health-pages.ts';
import { listen, type StatusListener, type StatusServer } from './listen.ts';
import type { Metrics } from './metrics.ts';
import { metricsPage } from './metrics-page.ts';
import type { Page } from './page.ts';
import { protectedPage } from './protected-page.ts';
import { JSON_HEAD, type RoutesSource, routesPage } from './routes-page.ts';
import { createStatusServer, notFound } from './status-server.ts';

export interface ComponentServerOptions {
  /** `status.host`, `status.port` */
  readonly host: string;
  readonly port: number;
  readonly credentials: Credentials;
  readonly health: Health;
  readonly metrics: Metrics;
  readonly routes: RoutesSource;
  varz(): Promise<string>;
}

/**
 * The health port with `status.enable_deprecated_varz_healthz_endpoints` (docs/compatibility.md §6.1): without a password
 * there are `/health` and `/healthz`, and nothing else is even said to be missing.
 */
export function startComponentServer(options: ComponentServerOptions): Promise<StatusListener> {
  const behindPassword = (page: Page) => protectedPage(options.credentials, page);
  const server: StatusServer = createStatusServer(
    {
      '/health': healthPage(options.health),
      '/healthz': healthzPage,
      '/metrics': behindPassword(metricsPage(options.metrics)),
      '/routes': behindPassword(routesPage(options.routes)),
      '/varz': behindPassword(varzPage(options.varz)),
    },
    undefined,
    behindPassword(notFound),
  );
  return listen(server, { ...options, purpose: 'status', setting: 'status.port' });
}

/** Says only that the process runs. */
const healthzPage: Page = (_request, response) => {
  response.writeHead(200, { 'Content-Type': 'text/plain', Connection: 'close' }).end('ok');
};

function varzPage(varz: () => Promise<string>): Page {
  return async (_request, response) => {
    const json = await varz();
    response.writeHead(200, JSON_HEAD).end(`${json}\n`);
  };
}
