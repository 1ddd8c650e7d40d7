/** Backends at many addresses, whose tenants change: each request is answered with who is there at that moment. */
import { once } from 'node:events';
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { answerCalls } from '../calls.ts';
import { monotonic } from '../monotonic.ts';
import type { Instance } from '../moves/ledger.ts';

/** The body of each answer, as JSON. */
export interface Said extends Instance {
  /** When the request came. */
  readonly at: number;
  /** What it was asked with. */
  readonly nonce: string;
  readonly body: string;
}

/** Who is to be at an address, and with what certificate if it speaks TLS; PEM. */
export interface Opening extends Instance {
  readonly identity?: { readonly cert: string; readonly key: string };
}

interface Open {
  readonly server: Server;
  readonly sockets: Set<Socket>;
}

const open = new Map<string, Open>();

const calls = {
  async open({ identity, ...instance }: Opening): Promise<void> {
    const [host, port] = instance.address.split(':');
    const sockets = new Set<Socket>();
    const listener: RequestListener = (request, response) => {
      answer(instance, request, response).catch(() => response.destroy());
    };
    const options = { keepAliveTimeout: 0, requestTimeout: 0, ...identity };
    const server = identity ? createSecureServer(options, listener) : createServer(options, listener);
    server.on('connection', (socket: Socket) => {
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket));
    });
    server.listen({ host: host!, port: Number(port), backlog: 1024 });
    await once(server, 'listening');
    open.set(instance.address, { server, sockets });
  },

  /** Its listener first, then all connections: half the times with a reset. Resolves when nothing is left. */
  async close({ address, reset }: { address: string; reset: boolean }): Promise<void> {
    const { server, sockets } = open.get(address)!;
    open.delete(address);
    const closed = once(server, 'close');
    server.close();
    for (const socket of sockets) {
      if (reset) socket.resetAndDestroy();
      else socket.destroy();
    }
    await closed;
  },
};
export type TenantsCalls = typeof calls;
answerCalls(calls);

/** `/<manner>/<milliseconds>/<nonce>`, with `?session` for the cookie that begins one. */
async function answer(instance: Instance, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const at = monotonic();
  const [path, query] = request.url!.split('?');
  const [, manner, milliseconds, nonce = ''] = path!.split('/');
  let body = '';
  request.setEncoding('latin1');
  for await (const piece of request) body += piece;
  const { id, app, index, address } = instance;
  const text = JSON.stringify({ id, app, index, address, at, nonce, body } satisfies Said);
  if (query === 'session') response.setHeader('Set-Cookie', `JSESSIONID=${nonce}; Path=/`);
  response.setHeader('Content-Length', text.length);
  if (manner === 'slow') await delay(Number(milliseconds));
  if (manner !== 'half') {
    response.end(text);
    return;
  }
  response.write(text.slice(0, text.length >> 1));
  await delay(Number(milliseconds));
  response.end(text.slice(text.length >> 1));
}
