/** Backends of a router: answer with the token they are asked for, in the manner they are asked for. */
import { once } from 'node:events';
import { appendFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { BODY } from '../../target.ts';
import { answerCalls } from '../calls.ts';
import { monotonic } from '../monotonic.ts';
import { ObjectBody } from '../object-body.ts';

const FIELD_BYTES = 4000;
const PIECE = 16 * 1024;
const STREAM_LINE = `${'.'.repeat(63)}\n`;

/** A large object on its way. */
export interface Sending {
  readonly token: string;
  /** Of the origin, and of the router's end of the connection. */
  readonly ports: readonly [local: number, remote: number];
  /** Bytes that the kernel has taken. */
  readonly taken: number;
}

const servers: Server[] = [];
let journal: string | null = null;
let served: number[] = [];
const servedAt: number[] = [];
let ended: [token: string, at: number][] = [];
const sending = new Map<string, { socket: Socket; before: number }>();

const calls = {
  /** Opens so many ports. */
  async listen(count: number): Promise<number[]> {
    for (let index = 0; index < count; index++) {
      const server = createServer({ keepAliveTimeout: 0, requestTimeout: 0 }, (request, response) => {
        served[index] = (served[index] ?? 0) + 1;
        servedAt[index] = monotonic();
        answer(request, response);
      });
      server.listen({ host: '127.0.0.1', port: 0, backlog: 4096 });
      await once(server, 'listening');
      servers.push(server);
    }
    return ports();
  },

  ports,

  /** From now on the token of every POST is appended to this file when it arrives, and again with a `+` when it is answered. */
  journal(path: string): void {
    journal = path;
  },

  /** Requests served since the last call, by port. */
  served(): number[] {
    const counts = servers.map((_, index) => served[index] ?? 0);
    served = [];
    return counts;
  },

  /** When each port had its last request. */
  servedAt(): number[] {
    return servers.map((_, index) => servedAt[index] ?? 0);
  },

  /** Streams whose connection has closed since the last call, with the time. */
  ended(): [token: string, at: number][] {
    const list = ended;
    ended = [];
    return list;
  },

  sending(): Sending[] {
    return Array.from(sending, ([token, { socket, before }]) => ({
      token,
      ports: [socket.localPort ?? 0, socket.remotePort ?? 0],
      taken: socket.bytesWritten - socket.writableLength - before,
    }));
  },
};
export type OriginCalls = typeof calls;
answerCalls(calls);

function ports(): number[] {
  return servers.map((server) => (server.address() as AddressInfo).port);
}

function answer(request: IncomingMessage, response: ServerResponse): void {
  const [, manner = '', token = '', amount = '0'] = request.url!.split('/');
  if (journal !== null && request.method === 'POST') {
    const path = journal;
    // At once: the process may be killed at any moment.
    appendFileSync(path, `${token}\n`);
    response.on('finish', () => appendFileSync(path, `+${token}\n`));
  }
  switch (manner) {
    case 'echo':
      response.setHeader('Content-Length', token.length).end(token);
      break;
    case 'late':
      setTimeout(() => response.setHeader('Content-Length', token.length).end(token), Number(amount));
      break;
    case 'stream':
      stream(response, token, Number(amount));
      break;
    case 'object':
      send(response, token, Number(amount));
      break;
    case 'hold':
      // It never reads the body, and never answers.
      break;
    case 'fields':
      fields(response, token, Number(amount));
      break;
    case 'upload':
      request.on('end', () => response.setHeader('Content-Length', token.length).end(token)).resume();
      break;
    default:
      response.setHeader('Content-Length', BODY.length).end(BODY);
  }
}

/** The token behind so many bytes of header fields, 4 KB each. */
function fields(response: ServerResponse, token: string, bytes: number): void {
  for (let at = 0; at < bytes; at += FIELD_BYTES)
    response.setHeader(`X-Field-${at}`, 'y'.repeat(FIELD_BYTES));
  response.setHeader('Content-Length', token.length).end(token);
}

/** The token at once, then a line every `interval` milliseconds, or nothing if that is 0, until the peer is gone. */
function stream(response: ServerResponse, token: string, interval: number): void {
  response.write(`${token}\n`);
  const timer = interval > 0 ? setInterval(() => response.write(STREAM_LINE), interval) : undefined;
  response.on('close', () => {
    clearInterval(timer);
    ended.push([token, monotonic()]);
  });
}

function send(response: ServerResponse, token: string, length: number): void {
  const body = new ObjectBody(token, PIECE);
  const socket = response.socket!;
  sending.set(token, { socket, before: socket.bytesWritten });
  response.on('close', () => sending.delete(token));
  response.setHeader('Content-Length', length);
  let offset = 0;
  const fill = () => {
    while (offset < length) {
      const piece = body.piece(offset, length - offset);
      offset += piece.length;
      if (!response.write(piece)) return;
    }
    response.end();
  };
  response.on('drain', fill);
  fill();
}
