import { createServer, type Server, type Socket } from 'node:net';
import type { MessagePort } from 'node:worker_threads';
import type { ConnectionLoads } from './connection-loads.ts';
import type { HandOver } from './thread-messages.ts';

const BACKLOG = 4096;

/** A proxy thread's own listening socket on the port all of them share; evens out what the kernel spreads unevenly. */
export class Listener {
  readonly #thread: number;
  readonly #loads: ConnectionLoads;
  readonly #serve: (socket: Socket) => void;
  readonly #peers = new Map<number, MessagePort>();
  readonly #server: Server;

  constructor(thread: number, loads: ConnectionLoads, serve: (socket: Socket) => void) {
    this.#thread = thread;
    this.#loads = loads;
    this.#serve = serve;
    this.#server = createServer({ pauseOnConnect: true, allowHalfOpen: true, noDelay: true }, (socket) =>
      this.#accept(socket),
    );
  }

  addPeer(thread: number, line: MessagePort): void {
    this.#peers.get(thread)?.close();
    this.#peers.set(thread, line);
    line.on('message', ({ socket }: HandOver) => this.#take(socket));
    // Its thread died: a connection handed over now would be lost.
    line.on('close', () => {
      if (this.#peers.get(thread) === line) this.#peers.delete(thread);
    });
    line.unref();
  }

  /** Resolves with the port. Rejects with the system's error. */
  listen(host: string, port: number): Promise<number> {
    const server = this.#server;
    return new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen({ host, port, backlog: BACKLOG, reusePort: true }, () => {
        server.off('error', reject);
        // A failed accept (EMFILE) is told here; libuv goes on accepting when descriptors are free again.
        server.on('error', () => {});
        const address = server.address();
        resolve(typeof address === 'object' && address !== null ? address.port : port);
      });
    });
  }

  close(): void {
    this.#server.close();
  }

  #accept(socket: Socket): void {
    const owner = this.#loads.ownerFor(this.#thread);
    const line = owner === this.#thread ? undefined : this.#peers.get(owner);
    if (line === undefined) {
      this.#loads.add(this.#thread);
      this.#begin(socket);
      return;
    }
    this.#loads.add(owner);
    const handOver: HandOver = { socket };
    line.postMessage(handOver, [socket]);
  }

  /** Counted already by the thread that handed it over. */
  #take(socket: Socket): void {
    socket.setNoDelay(true);
    this.#begin(socket);
  }

  #begin(socket: Socket): void {
    socket.on('close', () => this.#loads.remove(this.#thread));
    this.#serve(socket);
    socket.resume();
  }
}
