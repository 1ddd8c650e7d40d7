const LF = 0x0a;
/** Longer is no control line (see `ClientProtocolParser`). Bytes. */
const LONGEST = 4096;
const NOTHING = Buffer.alloc(0);
const CONNECT = /^CONNECT\s(.*)/is;

/**
 * What a client has sent by the time its first line was whole: that line, and what came along with it. It is never more than
 * the longest line and one chunk.
 */
export class FirstLine {
  #bytes: Buffer = NOTHING;
  #state: 'unfinished' | 'whole' = 'unfinished';

  get byteLength(): number {
    return this.#bytes.length;
  }

  /** Whether nothing more is needed: the line has ended, or is too long for one. */
  add(chunk: Buffer): boolean {
    const from = this.#bytes.length;
    this.#bytes = from === 0 ? chunk : Buffer.concat([this.#bytes, chunk]);
    if (this.#bytes.indexOf(LF, from) >= 0 || this.#bytes.length > LONGEST) this.#state = 'whole';
    return this.#state === 'whole';
  }

  /** What CONNECT says; undefined: the line is another, or not whole. */
  get connectText(): string | undefined {
    const end = this.#bytes.indexOf(LF);
    if (end < 0 || end > LONGEST) return undefined;
    return CONNECT.exec(this.#bytes.toString('utf8', 0, end))?.[1]?.trim();
  }

  /** All that was sent; nothing of it is left here. */
  take(): Buffer {
    const bytes = this.#bytes;
    this.#bytes = NOTHING;
    return bytes;
  }
}
