import type { Socket } from 'node:net';

type Done = (error?: NodeJS.ErrnoException | null) => void;

/** With these the connection is over, so that reading comes to its end at once. */
const OVER: ReadonlySet<string | undefined> = new Set(['EPIPE', 'ECONNRESET']);

/**
 * A backend that answers early and closes resets the connection while a body is still being written to it. Its answer
 * waits in the kernel by then, but Node gives a socket up with all that is unread at the first write that fails. Here
 * such a failure is kept back, so that what is there is read first.
 */
export class HeldWriteError {
  /** The failure that is kept back, if there is one. Nothing is written any more then. */
  error: Error | null = null;
  readonly #mayHold: () => boolean;
  /** Of the write under way: Node makes one at a time. */
  #done: Done | null = null;

  /** `mayHold`: whether something may be there to be read that is worth it. */
  constructor(socket: Socket, mayHold: () => boolean) {
    this.#mayHold = mayHold;
    const { _write: write, _writev: writev } = socket;
    // What every stream is made of, and so to be replaced (Node's documentation of streams, "API for implementers").
    socket._write = (chunk, encoding, done) => {
      this.#done = done;
      write.call(socket, chunk, encoding, this.#onWritten);
    };
    socket._writev = (chunks, done) => {
      this.#done = done;
      writev!.call(socket, chunks, this.#onWritten);
    };
  }

  readonly #onWritten: Done = (error) => {
    const done = this.#done!;
    this.#done = null;
    if (error && OVER.has(error.code) && this.#mayHold()) this.error = error;
    else done(error);
  };
}
