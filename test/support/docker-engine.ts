import { once } from 'node:events';
import { unlinkSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import type { Container } from '../../src/agent/containers/container.ts';
import { isLive } from '../../src/agent/containers/container.ts';
import { temporaryDirectory } from './cellgate-process.ts';
import { inspection } from './container.ts';

interface Ending {
  onTestFinished(done: () => unknown): void;
}

/** Answers in the place of the engine. Null: as usual. */
export type Script = (path: string, response: ServerResponse) => true | null;

/** Docker's API on a socket, as far as an agent asks for it, for containers that a test says there are. */
export class DockerEngine {
  readonly path: string;
  readonly containers = new Map<string, Container>();
  /** Paths, in the order in which they were asked for. */
  readonly asked: string[] = [];
  script: Script = () => null;
  serverHeader = 'Docker/29.0.0 (linux)';
  #server: Server | null = null;
  readonly #sockets = new Set<Socket>();
  readonly #streams = new Set<ServerResponse>();
  #waiting: (() => void)[] = [];

  constructor(t: Ending) {
    this.path = join(temporaryDirectory(t), 'docker.sock');
    t.onTestFinished(() => this.stop());
  }

  async start(): Promise<this> {
    const server = createServer((request, response) => this.#answer(request, response));
    server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
    });
    server.listen(this.path);
    await once(server, 'listening');
    this.#server = server;
    return this;
  }

  /** As an engine that is killed, its socket file with it. */
  async stop(): Promise<void> {
    const server = this.#server;
    if (server === null) return;
    this.#server = null;
    server.close();
    for (const socket of this.#sockets) socket.destroy();
    await once(server, 'close');
    try {
      unlinkSync(this.path);
    } catch {
      // Node has removed it.
    }
  }

  /** A container is there from now on, and is told of. */
  run(container: Container): void {
    this.containers.set(container.id, container);
    this.tell(container.id, 'start');
  }

  /** It is otherwise from now on, and this is told of it. */
  change(id: string, more: Partial<Container>, action: string): void {
    this.containers.set(id, { ...this.containers.get(id)!, ...more });
    this.tell(id, action);
  }

  die(id: string): void {
    this.change(id, { status: 'exited' }, 'die');
  }

  tell(id: string, action: string, attributes: object = {}): void {
    const event = { Type: 'container', Action: action, Actor: { ID: id, Attributes: attributes } };
    this.send(`${JSON.stringify({ ...event, timeNano: Date.now() * 1e6 })}\n`);
  }

  /** Into all streams of events. */
  send(text: string | Buffer): void {
    for (const stream of this.#streams) stream.write(text);
  }

  endStreams(): void {
    for (const stream of this.#streams) stream.end();
  }

  /** Resolves with the next thing that is asked, after it is answered. */
  next(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const path = request.url!.replace(/\?.*/, '');
    this.asked.push(path);
    for (const resolve of this.#waiting.splice(0)) response.once('close', resolve);
    if (this.script(path, response) !== null) return;
    response.setHeader('server', this.serverHeader);
    if (path === '/events') {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.flushHeaders();
      this.#streams.add(response);
      response.once('close', () => this.#streams.delete(response));
      return;
    }
    const id = /^\/containers\/([0-9a-f]+)\/json$/.exec(path)?.[1];
    const found = id === undefined ? undefined : this.containers.get(id);
    if (path === '/containers/json') json(response, 200, [...this.containers.values()].map(listing));
    else if (found !== undefined) json(response, 200, inspection(found));
    else json(response, 404, { message: `No such container: ${id}` });
  }
}

function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}

function listing({ id, name, status, labels, networks }: Container): object {
  const Networks = Object.fromEntries(
    networks.map((network) => [network.name, { IPAddress: network.address }]),
  );
  return {
    Id: id,
    Names: [`/${name}`],
    State: status,
    Status: isLive(status) ? 'Up 3 seconds' : 'Exited',
    Labels: labels,
    NetworkSettings: { Networks },
  };
}
