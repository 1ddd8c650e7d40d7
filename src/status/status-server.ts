import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer, type ServerOptions } from 'node:https';
import { on } from '../boundary/events.ts';
import { ONE_MESSAGE } from '../boundary/owner.ts';
import type { StatusServer } from './listen.ts';
import { type Page, show } from './page.ts';

const TIMEOUT = 10_000;
/** Node looks for requests past their deadline only this often. */
const CHECK_INTERVAL = 1_000;
const LIMITS = {
  headersTimeout: TIMEOUT,
  requestTimeout: TIMEOUT,
  keepAliveTimeout: TIMEOUT,
  connectionsCheckingInterval: CHECK_INTERVAL,
};

/** What a server needs to speak TLS, PEM. */
export type StatusTls = Pick<
  ServerOptions,
  'cert' | 'key' | 'ca' | 'requestCert' | 'rejectUnauthorized' | 'minVersion' | 'maxVersion' | 'ciphers'
>;

/**
 * Answers by path; a path nobody serves is 404. Queries are ignored, methods not told apart, as in gorouter.
 * @param tls left out: no TLS
 * @param missing the page of all other paths
 */
export function createStatusServer(
  pages: Readonly<Record<string, Page>>,
  tls?: StatusTls,
  missing: Page = notFound,
): StatusServer {
  const served = new Map(Object.entries(pages));
  const server = serverOf(tls);
  on(server, 'request', ONE_MESSAGE, (request: IncomingMessage, response: ServerResponse) =>
    show(served.get(pathOf(request)) ?? missing, request, response),
  );
  return server;
}

function serverOf(tls: StatusTls | undefined): StatusServer {
  if (tls === undefined) return createServer(LIMITS).setTimeout(TIMEOUT);
  return createTlsServer({ ...LIMITS, ...tls, handshakeTimeout: TIMEOUT }).setTimeout(TIMEOUT);
}

export const notFound: Page = (_request, response) => {
  response.writeHead(404, {
    'Content-Type': 'text/plain; charset=utf-8',
    'X-Content-Type-Options': 'nosniff',
  });
  response.end('404 page not found\n');
};

function pathOf({ url = '' }: IncomingMessage): string {
  const query = url.indexOf('?');
  return query < 0 ? url : url.slice(0, query);
}
