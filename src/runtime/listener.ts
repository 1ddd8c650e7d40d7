import { createServer, type Server, type Socket } from 'node:net';
import type { MessagePort } from 'node:worker_threads';
import type { Door } from '../http/connection/client.ts';
import type { ConnectionLoads } from './connection-loads.ts';
import type { HandOver } from './thread-messages.ts';

const BACKLOG = 4096;
const QUIET_MS = 10_000;

/** A proxy thread's own listening sockets on the ports all of them share; evens out what the kernel spreads unevenly. */
export class Listener {
  readonly #thread: number;
  readonly #loads: ConnectionLoads;
  readonly #serve: (socket: Socket, door: Door) => void;
  readonly #peers = new Map<number, MessagePort>();
  readonly #servers: Server[] = [];
  readonly #tellAcceptError: (code: string) => void;
  #quiet = false;

  /** @param onAcceptError told of what keeps the kernel from handing connections over, once in ten seconds */
  constructor(
    thread: number,
    loads: ConnectionLoads,
    serve: (socket: Socket, door: Door) => void,
    onAcceptError: (code: string) => void,
  ) {
    this.#thread = thread;
    this.#loads = loads;
    this.#serve = serve;
    this.#tellAcceptError = onAcceptError;
  }

  addPeer(thread: number, line: MessagePort): void {
    this.#peers.get(thread)?.close();
    this.#peers.set(thread, line);
    line.on('message', ({ socket, door }: HandOver) => this.#take(socket, door));
    // Its thread died: a connection handed over now would be lost.
    line.on('close', () => {
      if (this.#peers.get(thread) === line) this.#peers.delete(thread);
    });
    line.unref();
  }

  /** Resolves with the port. Rejects with the system's error. */
  listen(door: Door, host: string, port: number): Promise<number> {
    const server = createServer({ pauseOnConnect: true, allowHalfOpen: true, noDelay: true }, (socket) =>
      this.#accept(socket, door),
    );
    this.#servers.push(server);
    return new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen({ host, port, backlog: BACKLOG, reusePort: true }, () => {
        server.off('error', reject);
        // A failed accept (EMFILE) is told here; libuv goes on accepting when descriptors are free again.
        server.on('error', (error: NodeJS.ErrnoException) =>
          this.#onAcceptError(error.code ?? error.message),
        );
        const address = server.address();
        resolve(typeof address === 'object' && address !== null ? address.port : port);
      });
    });
  }

  close(): void {
    for (const server of this.#servers) server.close();
  }

  /** There are thousands a second where descriptors are short. */
  #onAcceptError(code: string): void {
    if (this.#quiet) return;
    this.#quiet = true;
    setTimeout(() => {
      this.#quiet = false;
    }, QUIET_MS).unref();
    this.#tellAcceptError(code);
  }

  #accept(socket: Socket, door: Door): void {
    const owner = this.#loads.claim(this.#thread);
    const line = owner === this.#thread ? undefined : this.#peers.get(owner);
    if (line === undefined) {
      if (owner !== this.#thread) this.#loads.move(owner, this.#thread);
      this.#begin(socket, door);
      return;
    }
    const handOver: HandOver = { socket, door };
    line.postMessage(handOver, [socket]);
  }

  /** Counted already by the thread that handed it over. */
  #take(socket: Socket, door: Door): void {
    socket.setNoDelay(true);
    this.#begin(socket, door);
  }

  #begin(socket: Socket, door: Door): void {
    socket.on('close', () => this.#loads.remove(this.#thread));
    this.#serve(socket, door);
  }
}
