import type { IncomingMessage, ServerResponse } from 'node:http';
import { contain, inBackground } from '../boundary/boundary.ts';
import { on } from '../boundary/events.ts';
import type { Owner } from '../boundary/owner.ts';

/** Answers one request; what it throws or rejects with costs this request alone. */
export type Page = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;

/** Shows a page; never throws. */
export function show(page: Page, request: IncomingMessage, response: ServerResponse): void {
  const owner = new Asked(response);
  // Of a client that has left nothing is to be done.
  on(response, 'error', owner, () => {});
  contain(owner, () => {
    const work = page(request, response);
    if (work instanceof Promise) inBackground(owner, work);
  });
}

/** One request: 500 as long as nothing else has been said, else the client must see that the answer breaks off. */
class Asked implements Owner {
  readonly kind = 'message';
  readonly #response: ServerResponse;

  constructor(response: ServerResponse) {
    this.#response = response;
  }

  panic(): void {
    const response = this.#response;
    if (response.headersSent) response.destroy();
    else response.writeHead(500).end();
  }
}
