/** Bytes of a request body kept so that it can be sent again when a connection proves dead before it took any. */
const REPLAY_BYTES = 64 * 1024;
/** Pieces of it: each costs more memory than its bytes when they are few. */
const REPLAY_PIECES = 64;
const NOTHING: readonly Buffer[] = [];

/** What has been sent of a request body, while it is little enough to be sent again. */
export class Replay {
  /** `null`: more was sent than is kept, or something that cannot be sent again. */
  #pieces: readonly Buffer[] | null = NOTHING;
  #bytes = 0;

  get isPossible(): boolean {
    return this.#pieces !== null;
  }

  /** Before the first byte of a request. */
  reset(): void {
    this.#pieces = NOTHING;
    this.#bytes = 0;
  }

  /** Once it must not, or need not, be sent again. */
  giveUp(): void {
    this.#pieces = null;
  }

  keep(bytes: Buffer, start: number, end: number): void {
    if (this.#pieces === null) return;
    this.#bytes += end - start;
    const fits = this.#bytes <= REPLAY_BYTES && this.#pieces.length < REPLAY_PIECES;
    this.#pieces = fits ? [...this.#pieces, bytes.subarray(start, end)] : null;
  }

  sendTo(body: { sendBody(bytes: Buffer, start: number, end: number): void }): void {
    if (this.#pieces !== null) for (const piece of this.#pieces) body.sendBody(piece, 0, piece.length);
  }
}
