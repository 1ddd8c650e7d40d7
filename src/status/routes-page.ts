import type { ServerResponse } from 'node:http';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { on } from '../boundary/events.ts';
import { ONE_MESSAGE } from '../boundary/owner.ts';
import type { Page } from './page.ts';

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
    await write(response, source.routes());
  };
}

async function write(response: ServerResponse, pieces: Iterable<string>): Promise<void> {
  let goOn = (): void => {};
  // Also when the client has left.
  for (const event of ['drain', 'close']) on(response, event, ONE_MESSAGE, () => goOn());
  for (const piece of pieces) {
    if (response.destroyed) return;
    if (piece !== '' && !response.write(piece)) {
      await new Promise<void>((resolve) => {
        goOn = resolve;
      });
    }
    await nextTurn();
  }
  response.end();
}
