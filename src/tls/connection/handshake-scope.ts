import { AsyncLocalStorage } from 'node:async_hooks';
import type { Socket } from 'node:net';
import type { Server } from 'node:tls';

/** Emptied with the end of the handshake: what begins in its context, and outlives it, holds on to this alone. */
interface Box<Handshake> {
  handshake: Handshake | undefined;
}

/**
 * Which handshake it is that a TLS server tells of: its events name the TLS socket, and that does not name the connection
 * under it. They come in the asynchronous context in which the TLS socket was made. Addresses would have to be asked of the
 * kernel, four times for each connection, and two connections may have the same ones.
 */
export class HandshakeScope<Handshake> {
  readonly #storage = new AsyncLocalStorage<Box<Handshake>>();

  /** Begins TLS over `raw`, of which nothing has been read but what was put back. */
  begin(server: Server, raw: Socket, handshake: Handshake): void {
    this.#storage.run({ handshake }, () => server.emit('connection', raw));
  }

  /** Within the event of the server that ends a handshake: which it was. Undefined: its connection has closed, or it is known to be over. */
  take(): Handshake | undefined {
    const box = this.#storage.getStore();
    const handshake = box?.handshake;
    if (box !== undefined) box.handshake = undefined;
    return handshake;
  }
}
