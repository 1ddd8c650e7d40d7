import type { RequestListener } from 'node:http';
import type { Metrics } from './metrics.ts';

export function metricsPage(metrics: Metrics): RequestListener {
  return (_request, response) => {
    metrics.exposition().then(
      (text) => response.writeHead(200, { 'Content-Type': metrics.contentType }).end(text),
      () => response.writeHead(500).end(),
    );
  };
}
