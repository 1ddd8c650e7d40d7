import { createServer, type Server, type Socket } from 'node:net';
import { contain } from '../../boundary/boundary.ts';
import { on } from '../../boundary/events.ts';
import type { Owner } from '../../boundary/owner.ts';
import { sendAtOnce } from '../../network/no-delay.ts';

const BACKLOG = 4096;

/** One thread's listening socket on one port. */
export class PortListener implements Owner {
  readonly kind = 'part';
  readonly #server: Server;
  readonly #onAcceptError: (code: string) => void;

  /** @param accept gets connections that are paused */
  constructor(accept: (socket: Socket) => void, onAcceptError: (code: string) => void) {
    this.#onAcceptError = onAcceptError;
    this.#server = createServer({ pauseOnConnect: true, allowHalfOpen: true });
    on(this.#server, 'connection', this, (socket: Socket) => {
      contain({ kind: 'connection', panic: () => socket.destroy() }, () => accept(socket));
    });
  }

  /** It goes on listening. */
  panic(): void {}

  /** Rejects with the system's error. */
  listen(host: string, port: number): Promise<void> {
    const server = this.#server;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const refused = on(server, 'error', this, reject);
    on(server, 'listening', this, () => {
      server.off('error', refused);
      sendAtOnce(server, this);
      // A failed accept (EMFILE) is told here; libuv goes on accepting when descriptors are free again.
      on(server, 'error', this, (error: NodeJS.ErrnoException) =>
        this.#onAcceptError(error.code ?? error.message),
      );
      resolve();
    });
    server.listen({ host, port, backlog: BACKLOG, reusePort: true });
    return promise;
  }

  close(): void {
    this.#server.close();
  }
}
