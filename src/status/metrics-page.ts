import type { Page } from './page.ts';

export interface Exposed {
  readonly contentType: string;
  /** The text format of Prometheus. */
  exposition(): Promise<string>;
}

export function metricsPage(metrics: Exposed): Page {
  return async (_request, response) => {
    const text = await metrics.exposition();
    response.writeHead(200, { 'Content-Type': metrics.contentType }).end(text);
  };
}
