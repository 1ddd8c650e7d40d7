import type { Socket } from 'node:net';
import type { Owner } from '../../boundary/owner.ts';
import type { ReadBuffers } from '../../network/read-buffers.ts';
import { Pipe, SMALL_BYTES } from './pipe.ts';

/** Bytes both ways between a client and its backend. */
export class Splice {
  readonly #buffers: ReadBuffers;
  readonly #toBackend: Pipe;
  readonly #toClient: Pipe;
  /** For a backend that sends much. */
  #ownBuffer: Buffer | null = null;

  constructor(owner: Owner, buffers: ReadBuffers, client: Socket, upstream: Socket) {
    this.#buffers = buffers;
    this.#toBackend = new Pipe(owner, client, upstream);
    this.#toClient = new Pipe(owner, upstream, client);
  }

  get fromClient(): number {
    return this.#toBackend.bytes;
  }

  get fromBackend(): number {
    return this.#toClient.bytes;
  }

  /** What the backend's next bytes are read into. */
  get buffer(): Buffer {
    return this.#ownBuffer ?? this.#buffers.shared;
  }

  /** What the client said before there was a backend. Answers whether to go on reading. */
  begin(said: Buffer | null): boolean {
    if (said !== null && said.length > 0) this.#toBackend.write(said, said.length);
    return !this.#toBackend.holdsBuffer;
  }

  sayToBackend(chunk: Buffer): void {
    this.#toBackend.writeOwned(chunk);
  }

  sayToClient(chunk: Buffer): void {
    this.#toClient.writeOwned(chunk);
  }

  /** The client has said all it will. */
  endToBackend(): void {
    this.#toBackend.end();
  }

  endToClient(): void {
    this.#toClient.end();
  }

  /** `buffer`: one that `buffer` has named. */
  passToClient(count: number, buffer: Buffer): void {
    const pipe = this.#toClient;
    if (buffer === this.#ownBuffer) {
      pipe.write(buffer, count);
      if (count <= SMALL_BYTES && !pipe.holdsBuffer) this.#giveBuffer(true);
    } else if (count <= SMALL_BYTES) pipe.writeCopy(buffer, count);
    else {
      // What is written may be taken later, when the shared buffer has other bytes; from now on it has one of its own.
      pipe.write(Buffer.from(buffer.subarray(0, count)), count);
      this.#ownBuffer = this.#buffers.take();
    }
  }

  /** Nothing is passed on from here. */
  close(): void {
    this.#giveBuffer(false);
  }

  #giveBuffer(clean: boolean): void {
    if (this.#ownBuffer === null) return;
    this.#buffers.give(this.#ownBuffer, clean);
    this.#ownBuffer = null;
  }
}
