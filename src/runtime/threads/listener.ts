import { createServer, type Server, type Socket } from 'node:net';
import { giveUp } from '../../boundary/boundary.ts';
import { on, once } from '../../boundary/events.ts';
import { ONE_MESSAGE } from '../../boundary/owner.ts';
import { after } from '../../boundary/timers.ts';
import type { Door } from '../../http/connection/client.ts';
import { cut } from '../../network/cut.ts';
import { isLocalError } from '../../network/local-errors.ts';
import { sendAtOnce } from '../../network/no-delay.ts';

const BACKLOG = 4096;
const QUIET_MS = 10_000;

/** A proxy thread's own listening sockets on the ports for HTTP that all of them share. */
export class Listener {
  readonly #sockets: number;
  readonly #accept: (socket: Socket, door: Door) => void;
  readonly #servers: Server[] = [];
  readonly #tellAcceptError: (code: string) => void;
  #quiet = false;

  /**
   * @param sockets on each port: from one libuv takes one connection in each turn of the loop, and on a busy thread a turn is
   * long. With one alone whoever connects waits for as many turns as there are connections before it; where a thousand connect
   * at once, turns grow with each of them that is served meanwhile.
   * @param onAcceptError told of what keeps the kernel from handing connections over, once in ten seconds
   */
  constructor(
    sockets: number,
    accept: (socket: Socket, door: Door) => void,
    onAcceptError: (code: string) => void,
  ) {
    this.#sockets = sockets;
    this.#accept = accept;
    this.#tellAcceptError = onAcceptError;
  }

  /** Resolves with the port. Rejects with the system's error, or when it is closed meanwhile. */
  async listen(door: Door, host: string, port: number): Promise<number> {
    // The first may be given its port by the kernel.
    const actual = await this.#open(door, host, port);
    const others = Array.from({ length: this.#sockets - 1 }, () => this.#open(door, host, actual));
    for (const other of await Promise.allSettled(others)) {
      if (other.status === 'rejected') this.#doWithout(other.reason);
    }
    return actual;
  }

  /** With the first all are served. @throws the error where it is not for want of descriptors */
  #doWithout(error: NodeJS.ErrnoException): void {
    const { code = '' } = error;
    if (!isLocalError(code)) throw error;
    this.#onAcceptError(code);
  }

  #open(door: Door, host: string, port: number): Promise<number> {
    const server = createServer({ pauseOnConnect: true, allowHalfOpen: true });
    on(server, 'connection', ONE_MESSAGE, (socket: Socket) => {
      try {
        this.#accept(socket, door);
      } catch (error) {
        giveUp({ kind: 'connection', panic: () => cut(socket) }, error);
      }
    });
    this.#servers.push(server);
    return new Promise((resolve, reject) => {
      const onFailure = on(server, 'error', ONE_MESSAGE, reject);
      // Node does not go on opening what is closed meanwhile, and says nothing else of it.
      once(server, 'close', ONE_MESSAGE, () => reject(new Error('closed before it was open')));
      once(server, 'listening', ONE_MESSAGE, () => {
        server.off('error', onFailure);
        sendAtOnce(server, ONE_MESSAGE);
        // A failed accept (EMFILE) is told here; libuv goes on accepting when descriptors are free again.
        on(server, 'error', ONE_MESSAGE, ({ code, message }: NodeJS.ErrnoException) =>
          this.#onAcceptError(code ?? message),
        );
        const address = server.address();
        resolve(typeof address === 'object' && address !== null ? address.port : port);
      });
      server.listen({ host, port, backlog: BACKLOG, reusePort: true });
    });
  }

  close(): void {
    for (const server of this.#servers) server.close();
  }

  /** There are thousands a second where descriptors are short. */
  #onAcceptError(code: string): void {
    if (this.#quiet) return;
    this.#quiet = true;
    after(QUIET_MS, ONE_MESSAGE, () => {
      this.#quiet = false;
    }).unref();
    this.#tellAcceptError(code);
  }
}
