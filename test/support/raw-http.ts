import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** A message as it stood on the wire; text is Latin-1, one character a byte. */
export interface RawMessage {
  /** The first line. */
  readonly start: string;
  /** Header lines as they were, in their order. */
  readonly lines: readonly string[];
  /** Decoded. */
  readonly body: string;
  readonly trailers: readonly string[];
}

/** All values of a header, in order. */
export function valuesOf(message: RawMessage, name: string): string[] {
  return message.lines
    .filter((line) => line.toLowerCase().startsWith(`${name.toLowerCase()}:`))
    .map((line) => line.slice(name.length + 1).trim());
}

export function statusOf(message: RawMessage): number {
  return Number(message.start.split(' ')[1]);
}

interface Taken {
  readonly message: RawMessage;
  readonly length: number;
}

/** Whether the body of this message ends with its connection, and whether that has happened. */
interface Ending {
  readonly bodyless: boolean;
  readonly ended: boolean;
}

/** Takes one complete message off the front of `text`, read as plainly as can be; `null` when it is not complete. */
export function takeMessage(text: string, ending: Ending): Taken | null {
  const headEnd = text.indexOf('\r\n\r\n');
  if (headEnd < 0) return null;
  const [start, ...lines] = text.slice(0, headEnd).split('\r\n') as [string, ...string[]];
  const at = headEnd + 4;
  const plain = (body: string, length: number): Taken => ({
    message: { start, lines, body, trailers: [] },
    length,
  });
  const value = (name: string) => valuesOf({ start, lines, body: '', trailers: [] }, name)[0];
  const isResponse = start.startsWith('HTTP/');
  const status = isResponse ? Number(start.split(' ')[1]) : 0;
  if (isResponse && (ending.bodyless || status < 200 || status === 204 || status === 304))
    return plain('', at);
  if (value('transfer-encoding') !== undefined) return takeChunked(text, at, start, lines);
  const stated = value('content-length');
  if (stated === undefined && isResponse) return ending.ended ? plain(text.slice(at), text.length) : null;
  const length = Number(stated ?? 0);
  return text.length < at + length ? null : plain(text.slice(at, at + length), at + length);
}

function takeChunked(text: string, from: number, start: string, lines: readonly string[]): Taken | null {
  let body = '';
  for (let at = from; ; ) {
    const lineEnd = text.indexOf('\r\n', at);
    if (lineEnd < 0) return null;
    const size = Number.parseInt(text.slice(at, lineEnd), 16);
    at = lineEnd + 2;
    if (size === 0) {
      const end = text.startsWith('\r\n', at) ? at : text.indexOf('\r\n\r\n', at);
      if (end < 0) return null;
      const trailers = end === at ? [] : text.slice(at, end).split('\r\n');
      return { message: { start, lines, body, trailers }, length: end === at ? at + 2 : end + 4 };
    }
    if (text.length < at + size + 2) return null;
    body += text.slice(at, at + size);
    at += size + 2;
  }
}

/** How a connection came to its end. */
export type Close = 'end' | 'reset';

/** A client that says exactly the bytes it is given. */
export class RawClient {
  readonly socket: Socket;
  /** Resolves when the router has closed its side. */
  readonly closed: Promise<Close>;
  #received = '';
  #close: Close | null = null;

  static async connect(port: number): Promise<RawClient> {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true, allowHalfOpen: true });
    await once(socket, 'connect');
    return new RawClient(socket);
  }

  constructor(socket: Socket) {
    this.socket = socket;
    // Each wait for more listens anew until something comes.
    socket.setMaxListeners(0);
    socket.on('data', (chunk: Buffer) => {
      this.#received += chunk.toString('latin1');
    });
    this.closed = new Promise((resolve) => {
      const close = (how: Close) => {
        this.#close ??= how;
        resolve(this.#close);
      };
      socket.on('end', () => close('end'));
      socket.on('error', () => close('reset'));
      socket.on('close', () => close('end'));
    });
  }

  /** What has arrived and was not taken yet. */
  get received(): string {
    return this.#received;
  }

  send(bytes: string | Buffer): this {
    this.socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes);
    return this;
  }

  /** The next complete response. `bodyless`: it answers a HEAD. Rejects when the connection ends first. */
  async response(bodyless = false): Promise<RawMessage> {
    for (;;) {
      const taken = takeMessage(this.#received, { bodyless, ended: this.#close === 'end' });
      if (taken !== null) {
        this.#received = this.#received.slice(taken.length);
        return taken.message;
      }
      if (this.#close !== null) {
        throw new Error(
          `connection closed (${this.#close}) in a response: ${JSON.stringify(this.#received)}`,
        );
      }
      await this.#more();
    }
  }

  /** Resolves once what has arrived contains `text`. */
  async until(text: string): Promise<void> {
    while (!this.#received.includes(text)) {
      if (this.#close !== null) throw new Error(`connection closed before ${JSON.stringify(text)}`);
      await this.#more();
    }
  }

  close(): void {
    this.socket.destroy();
  }

  async #more(): Promise<void> {
    await Promise.race([once(this.socket, 'data'), this.closed]);
  }
}

/** Sends bytes on a connection of their own and answers with the first response. */
export async function ask(port: number, request: string, bodyless = false): Promise<RawMessage> {
  const client = await RawClient.connect(port);
  try {
    return await client.send(request).response(bodyless);
  } finally {
    client.close();
  }
}

/** The plainest request there is. */
export function get(host: string, path = '/', lines: readonly string[] = []): string {
  return `GET ${path} HTTP/1.1\r\n${[`Host: ${host}`, ...lines].join('\r\n')}\r\n\r\n`;
}
