import { connect, type Socket } from 'node:net';
import { HOST } from '../target.ts';
import { nextToken } from './token.ts';

export interface Target {
  /** On 127.0.0.1. */
  readonly port: number;
  /** Where to connect from: an address of 127.0.0.0/8. */
  readonly from?: string;
  /** Whose route is asked, when it is not that of all endpoints. */
  readonly host?: string;
  /** Asked in turn in place of `host`. */
  readonly hosts?: readonly string[];
  /** Milliseconds the backend takes for an answer. */
  readonly late?: number;
  /** As a POST, with the token for its body too. */
  readonly post?: boolean;
}

/** Patience with one answer, milliseconds. */
const PATIENCE = 30_000;

interface Waiting {
  readonly token: string;
  readonly toClose: boolean;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** A connection to a router over which one token after the other is asked for; any other answer is an error. */
export class EchoConnection {
  readonly #hosts: readonly string[];
  #asked = Math.floor(Math.random() * 1000);
  readonly #late: number | undefined;
  readonly #post: boolean;
  readonly #socket: Socket;
  #waiting: Waiting | null = null;
  #received = '';
  #fault = '';
  #timer: NodeJS.Timeout | undefined;

  constructor({ port, from, host = HOST, hosts = [host], late, post = false }: Target) {
    this.#hosts = hosts;
    this.#late = late;
    this.#post = post;
    this.#socket = connect({ host: '127.0.0.1', port, noDelay: true, ...(from && { localAddress: from }) });
    this.#socket.setEncoding('latin1');
    this.#socket.on('data', (text: string) => this.#onData(text));
    this.#socket.on('error', (error: NodeJS.ErrnoException) => {
      this.#fault = error.code ?? error.message;
    });
    this.#socket.on('close', () => this.#onClose());
  }

  get isOpen(): boolean {
    return !this.#socket.destroyed;
  }

  /** `toClose`: as the last request, so that the router closes the connection; resolves when it has. */
  ask({ toClose = false } = {}): Promise<void> {
    const token = nextToken();
    this.#received = '';
    return new Promise((resolve, reject) => {
      this.#waiting = { token, toClose, resolve, reject };
      if (!this.isOpen) {
        this.#fail(this.#fault || 'closed while idle');
        return;
      }
      this.#timer = setTimeout(() => {
        this.#fault = 'no answer in time';
        this.#socket.destroy();
      }, PATIENCE);
      const option = toClose ? 'Connection: close\r\n' : '';
      const target = this.#late === undefined ? `/echo/${token}` : `/late/${token}/${this.#late}`;
      const method = this.#post ? 'POST' : 'GET';
      const length = this.#post ? `Content-Length: ${token.length}\r\n` : '';
      const host = this.#hosts[this.#asked++ % this.#hosts.length]!;
      const head = `${method} ${target} HTTP/1.1\r\nHost: ${host}\r\n${length}${option}\r\n`;
      this.#socket.write(this.#post ? head + token : head, 'latin1');
    });
  }

  close(): void {
    this.#socket.destroy();
  }

  #onData(text: string): void {
    this.#received += text;
    if (this.#waiting === null) {
      this.#fault = 'an answer nobody asked for';
      this.#socket.destroy();
    } else if (!this.#waiting.toClose && this.#isComplete()) {
      this.#settle();
    }
  }

  #isComplete(): boolean {
    const end = this.#received.indexOf('\r\n\r\n');
    if (end < 0) return false;
    const length = Number(/\r\ncontent-length: *(\d+)/i.exec(this.#received)?.[1] ?? 0);
    return this.#received.length >= end + 4 + length;
  }

  #onClose(): void {
    if (this.#waiting?.toClose && this.#isComplete()) this.#settle();
    else if (this.#waiting !== null) this.#fail(this.#fault || 'closed without an answer');
  }

  #settle(): void {
    const { token, resolve } = this.#waiting!;
    const status = this.#received.slice(9, 12);
    if (status !== '200') {
      this.#fail(`${status} ${/\r\nx-cf-routererror: (\w+)/i.exec(this.#received)?.[1] ?? ''}`.trim());
    } else if (!this.#received.endsWith(`\r\n\r\n${token}`)) {
      this.#fail('an answer to another request');
    } else {
      this.#end();
      resolve();
    }
  }

  #fail(reason: string): void {
    const { reject } = this.#waiting!;
    this.#end();
    reject(new Error(reason));
  }

  #end(): void {
    this.#waiting = null;
    clearTimeout(this.#timer);
  }
}
