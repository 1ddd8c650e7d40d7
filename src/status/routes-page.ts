import type { Page } from './page.ts';
import { writePieces } from './write-pieces.ts';

export interface RoutesSource {
  /** The table as JSON, in pieces; between two of them other work may be done. */
  routes(): Iterable<string>;
  /** Which route a URL leads to and why, as JSON; `null` when it is no URL. */
  lookUp(url: string): object | null;
}

export const JSON_HEAD = { 'Content-Type': 'application/json', Connection: 'close' };

/** `/routes`: as fast as the client reads it, and no faster than the router has time for. */
export function routesPage(source: RoutesSource): Page {
  return async (_request, response) => {
    response.writeHead(200, JSON_HEAD);
    await writePieces(response, source.routes());
  };
}
