import { listen, type StatusListener } from './listen.ts';
import type { Metrics } from './metrics.ts';
import { metricsPage } from './metrics-page.ts';
import { createStatusServer, type StatusTls } from './status-server.ts';

/**
 * The scrape port (`prometheus.port`), on loopback and without a password; with TLS only for who shows a
 * certificate (docs/compatibility.md §6.5).
 */
export function startMetricsServer(port: number, metrics: Metrics, tls?: StatusTls): Promise<StatusListener> {
  const server = createStatusServer({ '/metrics': metricsPage(metrics) }, tls);
  return listen(server, { host: '127.0.0.1', port, purpose: 'prometheus', setting: 'prometheus.port' });
}
