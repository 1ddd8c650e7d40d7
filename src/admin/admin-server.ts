import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { Socket } from 'node:net';
import { on } from '../boundary/events.ts';
import { ONE_MESSAGE } from '../boundary/owner.ts';
import type { StatusServer } from '../status/listen.ts';
import { problem } from './answer.ts';
import { Connections } from './connections.ts';
import { Visitor, type VisitorOptions } from './visitor.ts';
import { bareAnswer } from './write-answer.ts';

/** Of a request's arrival, of silence in its middle, and of an answer nobody reads. Milliseconds. */
const TIMEOUT = 10_000;
const KEEP_ALIVE = 5_000;
/** Node looks for requests past their deadline only this often. */
const CHECK_INTERVAL = 1_000;

/** PEM. */
export interface AdminTls {
  readonly cert: string;
  readonly key: string;
}

export interface AdminServerOptions extends Omit<VisitorOptions, 'connections'> {
  /** Null: it speaks none. */
  readonly tls: AdminTls | null;
  /** Milliseconds; default 10 000. */
  readonly timeout?: number;
}

export function createAdminServer({ tls, timeout = TIMEOUT, ...options }: AdminServerOptions): StatusServer {
  const connections = new Connections();
  const limits = {
    headersTimeout: timeout,
    requestTimeout: timeout,
    keepAliveTimeout: KEEP_ALIVE,
    connectionsCheckingInterval: CHECK_INTERVAL,
    // The gate refuses what comes without, in its own words.
    requireHostHeader: false,
  };
  const server =
    tls === null
      ? createServer(limits)
      : createTlsServer({ ...limits, ...tls, minVersion: 'TLSv1.2', handshakeTimeout: timeout });
  server.setTimeout(timeout);
  on(server, 'connection', ONE_MESSAGE, (socket: Socket) => connections.opened(socket));
  const serve = (request: IncomingMessage, response: ServerResponse): void =>
    new Visitor({ ...options, connections }, request, response).serve();
  on(server, 'request', ONE_MESSAGE, serve);
  // Without a listener Node answers an unknown expectation by itself.
  on(server, 'checkExpectation', ONE_MESSAGE, serve);
  on(server, 'clientError', ONE_MESSAGE, (error: NodeJS.ErrnoException, socket: Socket) => {
    // Behind the beginning of an answer this would be taken for a part of it.
    if (!socket.writable || connections.isBusy(socket)) socket.destroy();
    else socket.end(refusal(error.code ?? ''));
  });
  // Node's own does not know of connections that are still about their TLS handshake, and `close` would wait for them.
  return Object.assign(server, { closeAllConnections: () => connections.drop() });
}

function refusal(code: string): string {
  const hint = 'send one HTTP/1.1 request after the other';
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') {
    const detail = 'the request was not complete in time';
    return bareAnswer(problem(408, 'too-slow', detail, hint), 'Request Timeout');
  }
  if (code === 'HPE_HEADER_OVERFLOW') {
    const fault = problem(431, 'head-too-large', 'the head of the request is longer than 16 KiB', hint);
    return bareAnswer(fault, 'Request Header Fields Too Large');
  }
  return bareAnswer(problem(400, 'no-http', 'this is no HTTP/1.1 request', hint), 'Bad Request');
}
