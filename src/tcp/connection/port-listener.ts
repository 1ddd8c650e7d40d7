import { createServer, type Server, type Socket } from 'node:net';

const BACKLOG = 4096;

/** One thread's listening socket on one port. */
export class PortListener {
  readonly #server: Server;

  readonly #onAcceptError: (code: string) => void;

  /** @param accept gets connections that are paused */
  constructor(accept: (socket: Socket) => void, onAcceptError: (code: string) => void) {
    this.#onAcceptError = onAcceptError;
    const options = { pauseOnConnect: true, allowHalfOpen: true, noDelay: true };
    this.#server = createServer(options, accept);
  }

  /** Rejects with the system's error. */
  listen(host: string, port: number): Promise<void> {
    const server = this.#server;
    return new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen({ host, port, backlog: BACKLOG, reusePort: true }, () => {
        server.off('error', reject);
        // A failed accept (EMFILE) is told here; libuv goes on accepting when descriptors are free again.
        server.on('error', (error: NodeJS.ErrnoException) =>
          this.#onAcceptError(error.code ?? error.message),
        );
        resolve();
      });
    });
  }

  close(): void {
    this.#server.close();
  }
}
