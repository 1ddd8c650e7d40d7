import { listen, type StatusListener } from './listen.ts';
import type { Metrics } from './metrics.ts';
import { metricsPage } from './metrics-page.ts';
import { createStatusServer } from './status-server.ts';

/** The scrape port (`prometheus.port`), on loopback and without a password. */
export function startMetricsServer(port: number, metrics: Metrics): Promise<StatusListener> {
  const server = createStatusServer({ '/metrics': metricsPage(metrics) });
  return listen(server, { host: '127.0.0.1', port, purpose: 'prometheus', setting: 'prometheus.port' });
}
