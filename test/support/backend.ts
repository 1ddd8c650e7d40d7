import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TlsOptions, Server as TlsServer } from 'node:tls';
import { type RawMessage, takeMessage } from './raw-http.ts';

interface Ending {
  onTestFinished(done: () => unknown): void;
}

/** One connection the router has made to a backend. */
export interface BackendConnection {
  readonly socket: Socket;
  /** Every byte the router sent on it. */
  received: string;
}

/** Answers one request. What it returns is written as it is; nothing is written for `undefined`. */
export type Answer = (request: RawMessage, connection: BackendConnection) => string | Buffer | undefined;

/** A backend that keeps every byte it was sent and answers exactly the bytes it is told to. */
export class Backend {
  readonly connections: BackendConnection[] = [];
  readonly requests: RawMessage[] = [];
  /** Replace it to change the answers from now on. */
  answer: Answer;
  readonly #server: Server;
  readonly #open = new Set<Socket>();
  #heard: (() => void)[] = [];

  static start(t: Ending, answer: Answer = () => ok()): Promise<Backend> {
    return Backend.#start(t, answer, createServer({ noDelay: true }));
  }

  /** One that speaks TLS; its connections are those whose handshake it has accepted. */
  static startTls(t: Ending, options: TlsOptions, answer: Answer = () => ok()): Promise<Backend> {
    return Backend.#start(t, answer, createTlsServer({ noDelay: true, ...options }));
  }

  static async #start(t: Ending, answer: Answer, server: Server): Promise<Backend> {
    const backend = new Backend(answer, server);
    backend.#server.listen(0, '127.0.0.1');
    await once(backend.#server, 'listening');
    t.onTestFinished(() => backend.stop());
    return backend;
  }

  private constructor(answer: Answer, server: Server) {
    this.answer = answer;
    this.#server = server;
    server.on('tlsClientError', () => this.#tell());
    server.on(server instanceof TlsServer ? 'secureConnection' : 'connection', (socket: Socket) =>
      this.#accept(socket),
    );
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** All bytes of all connections. */
  get received(): string {
    return this.connections.map((connection) => connection.received).join('');
  }

  get openConnections(): number {
    return this.#open.size;
  }

  /** Resolves once `done` holds; looked at whenever something arrives or a connection closes. */
  async until(done: () => boolean): Promise<void> {
    while (!done()) await new Promise<void>((resolve) => this.#heard.push(resolve));
  }

  /** Refuses further connections and cuts those there are. */
  async stop(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const socket of this.#open) socket.destroy();
    await closed;
  }

  #accept(socket: Socket): void {
    const connection: BackendConnection = { socket, received: '' };
    this.connections.push(connection);
    this.#open.add(socket);
    let unread = '';
    socket.on('data', (chunk: Buffer) => {
      const text = chunk.toString('latin1');
      connection.received += text;
      unread += text;
      for (let taken = take(unread); taken !== null; taken = take(unread)) {
        unread = unread.slice(taken.length);
        this.requests.push(taken.message);
        const reply = this.answer(taken.message, connection);
        if (reply !== undefined && socket.writable) {
          socket.write(typeof reply === 'string' ? Buffer.from(reply, 'latin1') : reply);
        }
      }
      this.#tell();
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      this.#open.delete(socket);
      this.#tell();
    });
  }

  #tell(): void {
    for (const resolve of this.#heard.splice(0)) resolve();
  }
}

function take(text: string) {
  return takeMessage(text, { bodyless: false, ended: false });
}

export function ok(body = 'ok', headers = ''): string {
  return `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n${headers}\r\n${body}`;
}
