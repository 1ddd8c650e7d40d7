import { createServer, type Server, type Socket } from 'node:net';
import { guarded, inBackground } from '../boundary/boundary.ts';
import { on, once } from '../boundary/events.ts';
import { ONE_MESSAGE, type Owner } from '../boundary/owner.ts';
import { after } from '../boundary/timers.ts';

export interface LineServerOptions {
  /** Milliseconds for a line; then whoever connected is taken to have said nothing. */
  readonly patience: number;
  /** What is sent back before the connection is closed. @param line without its end; empty: nothing was said */
  answer(line: string): string | Promise<string>;
}

const LONGEST_LINE = 4_096;
const LAST_ANSWERS_MS = 1_000;
/** For whoever has an answer to take it, and to close as well. */
const CLOSING_MS = 10_000;
/** More at a time are closed at once. */
const MOST_CONNECTIONS = 256;

/** Takes one line from each connection, answers with text, and closes it. */
export class LineServer {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  /** Those that have been heard. */
  readonly #answering = new Set<Socket>();
  readonly #options: LineServerOptions;

  constructor(options: LineServerOptions) {
    this.#options = options;
    // Whoever has said all that it has to say waits for the answer.
    this.#server = createServer({ allowHalfOpen: true });
    on(this.#server, 'connection', ONE_MESSAGE, (socket: Socket) => this.#accept(socket));
  }

  /** @param where a port of an address, or a path. Rejects with what the system says. */
  async listen(
    where: { readonly host: string; readonly port: number } | { readonly path: string },
  ): Promise<number> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const owner: Owner = { kind: 'part', panic: reject };
    on(this.#server, 'error', owner, reject);
    once(this.#server, 'listening', owner, () => resolve());
    this.#server.listen(where);
    await promise;
    const address = this.#server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  }

  /** Resolves when it no longer listens, and who has been heard has an answer, for which there is a second. */
  async close(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#server.close(guarded(ONE_MESSAGE, () => resolve()));
    for (const socket of this.#sockets) if (!this.#answering.has(socket)) socket.destroy();
    const late = after(LAST_ANSWERS_MS, ONE_MESSAGE, () => {
      for (const socket of this.#sockets) socket.destroy();
    });
    await promise;
    clearTimeout(late);
  }

  #accept(socket: Socket): void {
    on(socket, 'error', ONE_MESSAGE, () => {});
    if (this.#sockets.size >= MOST_CONNECTIONS) {
      socket.destroy();
      return;
    }
    this.#sockets.add(socket);
    const owner: Owner = { kind: 'connection', panic: () => socket.destroy() };
    let text = '';
    let state: 'listening' | 'heard' = 'listening';
    const heard = (line: string): void => {
      if (state === 'heard') return;
      state = 'heard';
      clearTimeout(late);
      this.#answering.add(socket);
      inBackground(owner, this.#answer(socket, line));
    };
    const late = after(this.#options.patience, owner, () => heard(text.trim()));
    once(socket, 'close', owner, () => {
      clearTimeout(late);
      this.#sockets.delete(socket);
      this.#answering.delete(socket);
    });
    socket.setEncoding('utf8');
    on(socket, 'data', owner, (part: string) => {
      if (state === 'heard') return;
      text += part;
      const end = text.indexOf('\n');
      if (end >= 0) heard(text.slice(0, end).trim());
      else if (text.length > LONGEST_LINE) socket.destroy();
    });
    on(socket, 'end', owner, () => heard(text.trim()));
  }

  async #answer(socket: Socket, line: string): Promise<void> {
    const text = await this.#options.answer(line);
    if (socket.destroyed) return;
    const owner: Owner = { kind: 'connection', panic: () => socket.destroy() };
    const late = after(CLOSING_MS, owner, () => socket.destroy());
    once(socket, 'close', owner, () => clearTimeout(late));
    socket.end(text);
  }
}
