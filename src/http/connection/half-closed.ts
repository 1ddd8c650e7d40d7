import type { Socket } from 'node:net';

/** A client that has ended its side: some do when they have asked, and read on; one that is gone resets when it is sent something. */
export class HalfClosed {
  readonly #socket: Socket;
  /** Bytes, when it was last looked at. */
  #sent = 0;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  look(): void {
    this.#sent = this.#socket.bytesWritten;
  }

  /** Whether it was sent something since then, or has yet to take it. */
  get isMoving(): boolean {
    return this.#socket.bytesWritten > this.#sent || this.#socket.writableLength > 0;
  }
}
