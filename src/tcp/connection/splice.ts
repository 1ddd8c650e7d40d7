import type { Socket } from 'node:net';
import type { Owner } from '../../boundary/owner.ts';
import type { ReadBuffers } from '../../network/read-buffers.ts';
import { Pipe } from './pipe.ts';

/** Bytes both ways between a client and its backend. */
export class Splice {
  readonly toBackend: Pipe;
  readonly toClient: Pipe;

  constructor(owner: Owner, buffers: ReadBuffers, client: Socket, upstream: Socket) {
    this.toBackend = new Pipe(owner, buffers, client, upstream);
    this.toClient = new Pipe(owner, buffers, upstream, client);
  }

  /** What the client said before there was a backend. Answers whether to go on reading. */
  begin(said: Buffer | null): boolean {
    if (said !== null && said.length > 0) this.toBackend.write(said, said.length);
    return !this.toBackend.holdsBuffer;
  }

  /** Nothing is passed on from here. */
  close(): void {
    this.toBackend.close();
    this.toClient.close();
  }
}
