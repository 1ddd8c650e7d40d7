import { connect, type Socket } from 'node:net';

export interface Response {
  readonly status: number;
  /** Status line and header lines. */
  readonly head: string;
  readonly body: string;
}

/** Patience with one answer, milliseconds. */
const PATIENCE = 20_000;

interface Waiting {
  readonly resolve: (response: Response) => void;
  readonly reject: (error: Error) => void;
}

/** A connection to a router over which any request is sent as it stands, and that notices bytes too many. */
export class AskingConnection {
  readonly #socket: Socket;
  readonly #onStray: (bytes: string) => void;
  #waiting: Waiting | null = null;
  #received = '';
  #fault = '';
  #timer: NodeJS.Timeout | undefined;

  /** @param onStray bytes came that nobody had asked for */
  constructor(port: number, onStray: (bytes: string) => void) {
    this.#onStray = onStray;
    this.#socket = connect({ host: '127.0.0.1', port, noDelay: true });
    this.#socket.setEncoding('latin1');
    this.#socket.on('data', (text: string) => this.#onData(text));
    this.#socket.on('error', (error: NodeJS.ErrnoException) => {
      this.#fault = error.code ?? error.message;
    });
    this.#socket.on('close', () => this.#fail(this.#fault || 'closed without an answer'));
  }

  get isOpen(): boolean {
    return !this.#socket.destroyed;
  }

  ask(request: string): Promise<Response> {
    const { promise, resolve, reject } = Promise.withResolvers<Response>();
    this.#received = '';
    this.#waiting = { resolve, reject };
    if (!this.isOpen) {
      this.#fail('closed while idle');
      return promise;
    }
    this.#timer = setTimeout(() => {
      this.#fail('no answer in time');
      this.close();
    }, PATIENCE);
    this.#socket.write(request, 'latin1');
    return promise;
  }

  close(): void {
    this.#socket.destroy();
  }

  #onData(text: string): void {
    if (this.#waiting === null) {
      this.#onStray(text);
      this.close();
      return;
    }
    this.#received += text;
    const end = this.#received.indexOf('\r\n\r\n');
    if (end < 0) return;
    const head = this.#received.slice(0, end + 2);
    const length = Number(/\r\ncontent-length: *(\d+)\r\n/i.exec(head)?.[1] ?? Number.NaN);
    if (Number.isNaN(length)) {
      this.#fail('an answer without a length');
      this.close();
      return;
    }
    const whole = end + 4 + length;
    if (this.#received.length < whole) return;
    if (this.#received.length > whole) this.#onStray(this.#received.slice(whole));
    const body = this.#received.slice(end + 4, whole);
    const { resolve } = this.#waiting;
    this.#end();
    // What comes in the same turn of the loop is not for the next request.
    if (/\r\nconnection: *close\r\n/i.test(head)) this.close();
    resolve({ status: Number(head.slice(9, 12)), head, body });
  }

  #fail(reason: string): void {
    const waiting = this.#waiting;
    if (waiting === null) return;
    this.#end();
    waiting.reject(new Error(reason));
  }

  #end(): void {
    this.#waiting = null;
    clearTimeout(this.#timer);
  }
}
