import type { Credentials } from './basic-auth.ts';
import type { Health } from './health.ts';
import { alivePage, healthPage } from './health-pages.ts';
import { listen, type StatusListener } from './listen.ts';
import { type Exposed, metricsPage } from './metrics-page.ts';
import { protectedPage } from './protected-page.ts';
import { createStatusServer, type StatusTls } from './status-server.ts';

export interface HealthServerOptions {
  readonly host: string;
  /** `status.port` */
  readonly port: number;
  readonly health: Health;
  readonly metrics: Exposed;
  /** `status.user`, `status.pass`: for `/metrics` only. */
  readonly credentials: Credentials;
  /** The key that sets the port, for messages. */
  readonly setting: string;
}

export interface TlsHealthServerOptions {
  readonly host: string;
  /** `status.tls.port` */
  readonly port: number;
  readonly health: Health;
  readonly tls: StatusTls;
  readonly setting: string;
}

/** The health port with TLS (docs/compatibility.md §6.1). It has nothing that needs a password. */
export function startTlsHealthServer(options: TlsHealthServerOptions): Promise<StatusListener> {
  const { host, port, health, tls, setting } = options;
  const pages = {
    '/health': healthPage(health),
    '/is-process-alive-do-not-use-for-loadbalancing': alivePage,
  };
  return listen(createStatusServer(pages, tls), {
    host,
    port,
    purpose: 'status',
    setting,
  });
}

/** The health port (docs/compatibility.md §6.1), which shows the metrics too. */
export function startHealthServer(options: HealthServerOptions): Promise<StatusListener> {
  const server = createStatusServer({
    '/health': healthPage(options.health),
    '/is-process-alive-do-not-use-for-loadbalancing': alivePage,
    '/metrics': protectedPage(options.credentials, metricsPage(options.metrics)),
  });
  return listen(server, { ...options, purpose: 'status' });
}
