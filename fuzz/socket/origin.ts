import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { readRequests } from '../reader/naive-requests.ts';
import type { ReadMessage } from '../reader/reading.ts';
import type { Teardown } from './teardown.ts';

interface Connection {
  readonly socket: Socket;
  /** Since the last `take`. */
  received: string;
  /** What belongs to no whole request yet. */
  unread: string;
}

const CANARY = 'GET /canary/';

/** A good request: when it is answered, whatever was sent on before it has come. */
export function canary(count: number): { readonly start: string; readonly bytes: string } {
  const start = `${CANARY}${count}`;
  return { start, bytes: `${start} HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n` };
}

/** Answers a whole request on its connection. */
export type Answer = (request: ReadMessage, socket: Socket) => void;

/** A server that keeps every byte it gets and answers whatever it is told to. */
export class Origin {
  answer: Answer = () => {};
  readonly #server: Server;
  readonly #open = new Set<Connection>();
  /** Those that were heard of since the last `take`, in that order; some may be gone. */
  #heard: Connection[] = [];

  static async start(teardown: Teardown): Promise<Origin> {
    const origin = new Origin();
    origin.#server.listen(0, '127.0.0.1');
    await once(origin.#server, 'listening');
    teardown.after(() => origin.#stop());
    return origin;
  }

  private constructor() {
    this.#server = createServer({ noDelay: true, allowHalfOpen: true }, (socket) => this.#accept(socket));
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Whether no open connection holds part of a request. */
  get isSettled(): boolean {
    return [...this.#open].every(({ unread }) => unread === '');
  }

  /**
   * What came on each connection since the last `take`, in the order in which they were first heard of, without
   * the canary that came last.
   */
  take(): string[] {
    const texts = this.#heard.map(({ received }) => received.split(CANARY, 1)[0]!);
    for (const connection of this.#heard) connection.received = '';
    this.#heard = [];
    return texts.filter((text) => text !== '');
  }

  #accept(socket: Socket): void {
    const connection: Connection = { socket, received: '', unread: '' };
    this.#open.add(connection);
    socket.on('data', (chunk: Buffer) => this.#hear(connection, chunk.toString('latin1')));
    socket.on('end', () => socket.end());
    socket.on('error', () => {});
    socket.on('close', () => this.#open.delete(connection));
  }

  #hear(connection: Connection, text: string): void {
    if (connection.received === '') this.#heard.push(connection);
    connection.received += text;
    connection.unread += text;
    const { messages, end } = readRequests(connection.unread);
    if (end === 'refused') connection.socket.destroy();
    const complete = messages.filter((message) => message.complete);
    connection.unread = connection.unread.slice(complete.at(-1)?.next ?? 0);
    for (const message of complete) this.answer(message, connection.socket);
  }

  async #stop(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const { socket } of this.#open) socket.destroy();
    await closed;
  }
}
