import type { Credentials } from './basic-auth.ts';
import type { Health } from './health.ts';
import { alivePage, healthPage } from './health-pages.ts';
import { listen, type StatusListener } from './listen.ts';
import type { Metrics } from './metrics.ts';
import { metricsPage } from './metrics-page.ts';
import { protectedPage } from './protected-page.ts';
import { createStatusServer } from './status-server.ts';

export interface HealthServerOptions {
  readonly host: string;
  /** `status.port` */
  readonly port: number;
  readonly health: Health;
  readonly metrics: Metrics;
  /** `status.user`, `status.pass`: for `/metrics` only. */
  readonly credentials: Credentials;
}

/** The health port (gorouter.md §6.1), which shows the metrics too. */
export function startHealthServer(options: HealthServerOptions): Promise<StatusListener> {
  const server = createStatusServer({
    '/health': healthPage(options.health),
    '/is-process-alive-do-not-use-for-loadbalancing': alivePage,
    '/metrics': protectedPage(options.credentials, metricsPage(options.metrics)),
  });
  return listen(server, { ...options, purpose: 'status', setting: 'status.port' });
}
