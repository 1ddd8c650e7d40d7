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
const LIMITS = {
  headersTimeout: TIMEOUT,
  requestTimeout: TIMEOUT,
  keepAliveTimeout: KEEP_ALIVE,
  /** Node looks for requests past their deadline only this often. */
  connectionsCheckingInterval: 1_000,
  // The gate refuses what comes without, in its own words.
  requireHostHeader: false,
};

/** PEM. */
export interface AdminTls {
  readonly cert: string;
  readonly key: string;
}

/** @param tls null: it speaks none */
export function createAdminServer(
  options: Omit<VisitorOptions, 'connections'>,
  tls: AdminTls | null,
): StatusServer {
  const connections = new Connections();
  const server =
    tls === null
      ? createServer(LIMITS)
      : createTlsServer({ ...LIMITS, ...tls, minVersion: 'TLSv1.2', handshakeTimeout: TIMEOUT });
  server.setTimeout(TIMEOUT);
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
  return server;
}

function refusal(code: string): string {
  const hint = 'send one HTTP/1.1 request after the other';
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') {
    const detail = `the request was not complete after ${TIMEOUT / 1000} s`;
    return bareAnswer(problem(408, 'too-slow', detail, hint), 'Request Timeout');
  }
  if (code === 'HPE_HEADER_OVERFLOW') {
    const fault = problem(431, 'head-too-large', 'the head of the request is longer than 16 KiB', hint);
    return bareAnswer(fault, 'Request Header Fields Too Large');
  }
  return bareAnswer(problem(400, 'no-http', 'this is no HTTP/1.1 request', hint), 'Bad Request');
}
