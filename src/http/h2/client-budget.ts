import { TokenBucket } from '../../time/token-bucket.ts';

/** Bytes of frames that bring no request and no body: some five thousand of the smallest, then hundreds a second. */
const OVERHEAD_BURST = 64 * 1024;
const OVERHEAD_PER_SECOND = 8 * 1024;
/** A request may come with frames of its own: a priority, a window. */
const PER_REQUEST = 256;
/** The head of a DATA frame, and what the client says about the window it fills. */
const PER_PIECE = 64;
/** Bytes sent to the client that may cost it a byte, for windows. */
const SENT_PER_BYTE = 16;

/**
 * Requests that came to nothing by the client's doing (CVE-2023-44487, CVE-2025-8671): a burst, so many a second, and one
 * more for each that was served, since a load balancer's one connection may carry the changes of mind of thousands.
 */
const RESET_BURST = 200;
const RESETS_PER_SECOND = 50;
/** What a head costs that there was no room for: it was unpacked for nothing. */
const RESETS_PER_HEAD = 10;

/** Of a body that may be on its way when its stream is reset here, and of all such together. */
const WINDOW = 65_535;
const MAX_ON_ITS_WAY = 128 * WINDOW;

/** Decoded bytes of heads that the requests of a connection hold at once, unless one alone is larger. */
const MAX_HEADS = 2 * 1024 * 1024;

/**
 * What the client of one connection may cost the router for nothing (RFC 9113 §10.5). Of floods of frames that
 * nghttp2 takes without a word it sees the bytes: all that were read, less those that were of use.
 */
export class ClientBudget {
  readonly #overhead: TokenBucket;
  readonly #resets: TokenBucket;
  #useful = 0;
  #read: number;
  #sent: number;
  #heads = 0;
  #onItsWay = 0;

  /**
   * `read`, `sent`: bytes that have gone over the connection so far; of those read, what waits in streams that are not
   * taken from is left out. `now`: monotonic milliseconds.
   */
  constructor(read: number, sent: number, now: number) {
    this.#overhead = new TokenBucket(OVERHEAD_BURST, OVERHEAD_PER_SECOND, now);
    this.#resets = new TokenBucket(RESET_BURST, RESETS_PER_SECOND, now);
    this.#read = read;
    this.#sent = sent;
  }

  /** A request has come; `false` when its head is more than may be held beside those there are. */
  addHead(bytes: number): boolean {
    this.#useful += bytes + PER_REQUEST;
    const fits = this.#heads === 0 || this.#heads + bytes <= MAX_HEADS;
    this.#heads += bytes;
    return fits;
  }

  removeHead(bytes: number): void {
    this.#heads -= bytes;
  }

  /** So many bytes of a body have come, or are going out, which counts by itself. */
  addReceived(bytes: number): void {
    this.#useful += bytes + PER_PIECE;
  }

  /** A stream was reset here: what the client had sent of its body by then is not its fault. */
  addAbandoned(): void {
    this.#onItsWay = Math.min(MAX_ON_ITS_WAY, this.#onItsWay + WINDOW);
  }

  addSent(): void {
    this.#useful += PER_PIECE;
  }

  /** To be asked about once a second; `false` when the client has sent too much that was of no use. */
  mayGoOn(read: number, sent: number, now: number): boolean {
    const useful = this.#useful + (sent - this.#sent) / SENT_PER_BYTE;
    const wasted = read - this.#read - useful;
    const excused = Math.min(this.#onItsWay, Math.max(0, wasted));
    this.#onItsWay -= excused;
    this.#useful = 0;
    this.#read = read;
    this.#sent = sent;
    return this.#overhead.take(wasted - excused, now);
  }

  /** A request was answered. */
  addServed(now: number): void {
    this.#resets.take(-1, now);
  }

  /** A request was given up, by the client or for what it sent; `false` when that is too often. */
  mayReset(now: number): boolean {
    return this.#resets.take(1, now);
  }

  /** A request was refused because `addHead` said so; `false` when that is too often. */
  mayOverfill(now: number): boolean {
    return this.#resets.take(RESETS_PER_HEAD, now);
  }
}
