import type { RequestListener } from 'node:http';

export interface Exposed {
  readonly contentType: string;
  /** The text format of Prometheus. */
  exposition(): Promise<string>;
}

export function metricsPage(metrics: Exposed): RequestListener {
  return (_request, response) => {
    metrics.exposition().then(
      (text) => response.writeHead(200, { 'Content-Type': metrics.contentType }).end(text),
      () => response.writeHead(500).end(),
    );
  };
}
