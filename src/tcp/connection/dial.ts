import { connect, type Socket } from 'node:net';
import type { TcpBackend } from '../table/route.ts';
import type { TcpProxy } from './tcp-proxy.ts';

export interface DialPlan {
  /** What the backend is told first, before TLS; `null`: nothing. */
  readonly header: Buffer | null;
  /** Protocols to agree on, where TLS is spoken; empty: none. */
  readonly protocols: readonly string[];
  onMade(): void;
  /** Nothing of the client's was sent. `code`: the system's or OpenSSL's. */
  onFailed(code: string): void;
  /** Where plain bytes are read into; the callback says whether to go on reading. */
  buffer(): Buffer;
  onRead(count: number, buffer: Buffer): boolean;
}

/** The making of one connection to a backend. */
export class Dial {
  readonly backend: TcpBackend;
  /** The TCP connection. */
  readonly raw: Socket;
  /** What is relayed over: the same, unless TLS lies over it. */
  socket: Socket;
  readonly #proxy: TcpProxy;
  readonly #plan: DialPlan;
  #state: 'connecting' | 'securing' | 'made' | 'failed' = 'connecting';
  #error = '';

  constructor(proxy: TcpProxy, backend: TcpBackend, plan: DialPlan) {
    this.#proxy = proxy;
    this.#plan = plan;
    this.backend = backend;
    const { host, port, tls } = backend;
    const onread = {
      buffer: () => plan.buffer(),
      callback: (count: number, buffer: Uint8Array) => plan.onRead(count, buffer as Buffer),
    };
    const options = { host, port, noDelay: true, allowHalfOpen: true };
    this.raw = connect(tls === null ? { ...options, onread } : options);
    this.socket = this.raw;
    this.raw.on('connect', () => this.#onConnect());
    this.raw.on('error', (error) => this.#onError(error));
    this.raw.on('close', () => this.#fail(this.#error));
  }

  /** Before it is made; `code` is what is told. */
  giveUp(code: string): void {
    this.#fail(code);
  }

  #onConnect(): void {
    const { tls } = this.backend;
    const { header } = this.#plan;
    if (this.#state !== 'connecting') return;
    if (header !== null) this.raw.write(header);
    if (tls === null) this.#onMade();
    else this.#secure();
  }

  #secure(): void {
    this.#state = 'securing';
    const socket = this.#proxy.links!.over(this.raw, this.backend, this.#plan.protocols);
    this.socket = socket;
    socket.on('secureConnect', () => this.#onMade());
    socket.on('error', (error: NodeJS.ErrnoException) => this.#onError(error));
    socket.on('close', () => this.#fail(this.#error));
  }

  #onMade(): void {
    if (this.#state === 'failed' || this.#state === 'made') return;
    this.#state = 'made';
    this.#plan.onMade();
  }

  #onError(error: NodeJS.ErrnoException): void {
    this.#error ||= error.code ?? error.message;
  }

  #fail(code: string): void {
    if (this.#state === 'made' || this.#state === 'failed') return;
    this.#state = 'failed';
    this.raw.destroy();
    this.socket.destroy();
    this.#plan.onFailed(code || 'ECONNRESET');
  }
}
