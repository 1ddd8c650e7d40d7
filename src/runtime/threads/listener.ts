import { createServer, type Server, type Socket } from 'node:net';
import type { Door } from '../../http/connection/client.ts';

const BACKLOG = 4096;
const QUIET_MS = 10_000;

/** A proxy thread's own listening sockets on the ports for HTTP that all of them share. */
export class Listener {
  readonly #accept: (socket: Socket, door: Door) => void;
  readonly #servers: Server[] = [];
  readonly #tellAcceptError: (code: string) => void;
  #quiet = false;

  /** @param onAcceptError told of what keeps the kernel from handing connections over, once in ten seconds */
  constructor(accept: (socket: Socket, door: Door) => void, onAcceptError: (code: string) => void) {
    this.#accept = accept;
    this.#tellAcceptError = onAcceptError;
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
}
