import { once } from 'node:events';
import type { RequestListener, ServerResponse } from 'node:http';
import { setImmediate as nextTurn } from 'node:timers/promises';

export interface RoutesSource {
  /** The table as JSON, in pieces; between two of them other work may be done. */
  routes(): Iterable<string>;
  /** Which route a URL leads to and why, as JSON; `null` when it is no URL. */
  lookUp(url: string): object | null;
}

export const JSON_HEAD = { 'Content-Type': 'application/json', Connection: 'close' };

/** `/routes`: as fast as the client reads it, and no faster than the router has time for. */
export function routesPage(source: RoutesSource): RequestListener {
  return (_request, response) => {
    response.writeHead(200, JSON_HEAD);
    // A client that leaves in the middle is no error of anybody's.
    write(response, source.routes()).catch(() => response.destroy());
  };
}

async function write(response: ServerResponse, pieces: Iterable<string>): Promise<void> {
  const left = once(response, 'close');
  for (const piece of pieces) {
    if (response.destroyed) return;
    if (piece !== '' && !response.write(piece)) await Promise.race([once(response, 'drain'), left]);
    await nextTurn();
  }
  response.end();
}
