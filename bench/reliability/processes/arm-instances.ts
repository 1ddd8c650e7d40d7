/** Instances of one application: how they answer can be changed while they are asked. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { answerCalls } from '../calls.ts';
import { monotonic } from '../monotonic.ts';

/** Of all instances alike. */
export interface Manner {
  /** Share of the requests that get 500, 0..1. */
  readonly failing?: number;
  /** Requests are taken, and nothing comes of them. */
  readonly hanging?: boolean;
  /** What a probe is answered with, and after how many milliseconds. */
  readonly probeStatus?: number;
  readonly probeAfter?: number;
}

/** What was asked since the last call of `forget`. Times are `monotonic`; 0: never. */
export interface Asked {
  readonly probes: number;
  /** Probes apart. */
  readonly requests: number;
  /** Of those, how many came before the last probe had its answer. */
  readonly beforeProbed: number;
  /** When the first and the last came that was no probe. */
  readonly firstAt: number;
  readonly lastAt: number;
}

const PROBE = 'cellgate-probe';

const servers: Server[] = [];
const sockets = new Set<Socket>();
let name = '';
let manner: Manner = {};
let probes = 0;
let requests = 0;
let beforeProbed = 0;
let firstAt = 0;
let lastAt = 0;

const calls = {
  /** Opens so many ports, and answers which. */
  async listen({ app, count }: { app: string; count: number }): Promise<number[]> {
    name = app;
    for (let each = 0; each < count; each++) servers.push(open(0));
    await Promise.all(servers.map((server) => once(server, 'listening')));
    return servers.map((server) => (server.address() as AddressInfo).port);
  },

  behave(next: Manner): void {
    manner = next;
  },

  /** Nobody can connect any more, and all connections are gone. */
  async leave(): Promise<void> {
    const closed = servers.map((server) => once(server.close(), 'close'));
    for (const socket of sockets) socket.resetAndDestroy();
    await Promise.all(closed);
  },

  asked(): Asked {
    return { probes, requests, beforeProbed, firstAt, lastAt };
  },

  forget(): void {
    probes = requests = beforeProbed = firstAt = lastAt = 0;
  },
};
export type ArmInstancesCalls = typeof calls;
answerCalls(calls);

function open(port: number): Server {
  const server = createServer({ keepAliveTimeout: 0, requestTimeout: 0 }, (request, response) => {
    if (request.headers['user-agent'] === PROBE) void answerProbe(response);
    else answer(request, response);
  });
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  return server.listen({ host: '127.0.0.1', port, backlog: 1024 });
}

async function answerProbe(response: ServerResponse): Promise<void> {
  const { probeStatus = 200, probeAfter = 0 } = manner;
  await delay(probeAfter);
  probes++;
  beforeProbed = requests;
  response.writeHead(probeStatus, { 'Content-Length': 0 }).end();
}

/** With its name and what it was asked with: whoever asks sees whose answer it is. */
function answer(request: IncomingMessage, response: ServerResponse): void {
  requests++;
  lastAt = monotonic();
  if (firstAt === 0) firstAt = lastAt;
  const { failing = 0, hanging = false } = manner;
  if (hanging) return;
  const text = `${name}${request.url}`;
  response.writeHead(Math.random() < failing ? 500 : 200, { 'Content-Length': text.length }).end(text);
}
