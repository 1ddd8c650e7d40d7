import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';

const TIMEOUT = 10_000;
/** Node looks for requests past their deadline only this often. */
const CHECK_INTERVAL = 1_000;

/** Answers by path; a path nobody serves is 404. Queries are ignored, methods not told apart, as in gorouter. */
export function createStatusServer(pages: Readonly<Record<string, RequestListener>>): Server {
  const served = new Map(Object.entries(pages));
  const server = createServer(
    {
      headersTimeout: TIMEOUT,
      requestTimeout: TIMEOUT,
      keepAliveTimeout: TIMEOUT,
      connectionsCheckingInterval: CHECK_INTERVAL,
    },
    (request, response) => (served.get(pathOf(request)) ?? notFound)(request, response),
  );
  return server.setTimeout(TIMEOUT);
}

const notFound: RequestListener = (_request, response) => {
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
