const CHUNK = 64 * 1024;
/** From this size on a message is passed on by reference instead of copied. */
const BY_REFERENCE = 16 * 1024;
const CRLF = '\r\n';

/** What one client is to be sent next, gathered so that many small messages cost one write. */
export class OutgoingBatch {
  #sealed: Buffer[] = [];
  #chunk = Buffer.alloc(0);
  /** The bytes of the chunk before this were taken, and may still be on their way to the kernel. */
  #start = 0;
  #end = 0;
  #length = 0;

  /** Bytes gathered. */
  get length(): number {
    return this.#length;
  }

  /** `line` is latin1 and ends with CRLF. */
  addLine(line: string): void {
    this.#write(line);
  }

  /** `message` must not be written to afterwards. */
  addMessage(line: string, message: Buffer): void {
    this.#write(line);
    if (message.length >= BY_REFERENCE) {
      this.#seal();
      this.#sealed.push(message);
    } else {
      this.#reserve(message.length);
      this.#end += message.copy(this.#chunk, this.#end);
    }
    this.#length += message.length;
    this.#write(CRLF);
  }

  /** Everything gathered since the last call. */
  take(): readonly Buffer[] {
    this.#seal();
    const taken = this.#sealed;
    this.#sealed = [];
    this.#length = 0;
    return taken;
  }

  #write(line: string): void {
    this.#reserve(line.length);
    this.#end += this.#chunk.write(line, this.#end, 'latin1');
    this.#length += line.length;
  }

  #reserve(length: number): void {
    if (this.#chunk.length - this.#end >= length) return;
    this.#seal();
    this.#chunk = Buffer.allocUnsafeSlow(Math.max(CHUNK, length));
    this.#start = 0;
    this.#end = 0;
  }

  #seal(): void {
    if (this.#end > this.#start) this.#sealed.push(this.#chunk.subarray(this.#start, this.#end));
    this.#start = this.#end;
  }
}
