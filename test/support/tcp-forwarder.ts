import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** A local port that leads to another one, and can be closed and opened again. */
export class TcpForwarder {
  target: number;
  readonly #server: Server;
  readonly #open = new Set<Socket>();
  #port = 0;
  #released: Promise<void> = Promise.resolve();

  static async start(
    t: { onTestFinished(done: () => unknown): void },
    target: number,
  ): Promise<TcpForwarder> {
    const forwarder = new TcpForwarder(target);
    t.onTestFinished(() => forwarder.close());
    await forwarder.open();
    return forwarder;
  }

  private constructor(target: number) {
    this.target = target;
    this.#server = createServer({ noDelay: true }, (near) => {
      near.on('error', () => {});
      this.#released.then(() => this.#join(near));
    });
  }

  get port(): number {
    return this.#port;
  }

  async open(): Promise<void> {
    this.#server.listen(this.#port, '127.0.0.1');
    await once(this.#server, 'listening');
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  /** Connections from now on lead nowhere until `release` is called; `reached`: there is one. */
  hold(): { readonly reached: Promise<unknown>; release(): void } {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#released = promise;
    return { reached: once(this.#server, 'connection'), release: resolve };
  }

  async close(): Promise<void> {
    if (!this.#server.listening) return;
    this.#server.close();
    for (const socket of this.#open) socket.destroy();
    await once(this.#server, 'close');
  }

  #join(near: Socket): void {
    const far = connect({ port: this.target, host: '127.0.0.1', noDelay: true });
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      this.#open.add(from);
      from.on('error', () => {});
      from.on('close', () => {
        this.#open.delete(from);
        to.destroy();
      });
      from.pipe(to);
    }
  }
}
