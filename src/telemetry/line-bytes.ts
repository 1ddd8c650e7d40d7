const FIRST_ROOM = 4096;
/** Characters from which on one call to the engine is quicker than a loop. */
const LONG_TEXT = 20;
/** Most bytes of a number. */
const LONGEST_NUMBER = 20;

const QUOTE = 0x22;
const ZERO = 0x30;

/**
 * A line as it is made, in bytes that are used again for the next one: as text it would be pieces of pieces, a kilobyte
 * of them for each request, and a third of what the collector has to clear away.
 */
export class LineBytes {
  #bytes = Buffer.allocUnsafeSlow(FIRST_ROOM);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  clear(): void {
    this.#length = 0;
  }

  /** Copies the line to `target`, which has room for it; answers where it ends. */
  copyTo(target: Buffer, start: number): number {
    return start + this.#bytes.copy(target, start, 0, this.#length);
  }

  /** As Latin-1. */
  toString(): string {
    return this.#bytes.toString('latin1', 0, this.#length);
  }

  /** @param text Latin-1 */
  text(text: string): void {
    const { length } = text;
    this.#reserve(length);
    if (length >= LONG_TEXT) {
      this.#length += this.#bytes.write(text, this.#length, 'latin1');
      return;
    }
    const bytes = this.#bytes;
    let to = this.#length;
    for (let at = 0; at < length; at++) bytes[to++] = text.charCodeAt(at);
    this.#length = to;
  }

  /** In quotes; empty text is `"-"`. @param text Latin-1 that needs no escapes */
  quoted(text: string): void {
    this.#reserve(1);
    this.#bytes[this.#length++] = QUOTE;
    this.text(text === '' ? '-' : text);
    this.#reserve(1);
    this.#bytes[this.#length++] = QUOTE;
  }

  /** @param number whole, not negative, below 2^53 */
  number(number: number): void {
    this.#reserve(LONGEST_NUMBER);
    let digits = 1;
    for (let least = 10; number >= least; least *= 10) digits++;
    this.#digits(number, digits);
  }

  /** Six digits. @param number whole, below a million */
  sixDigits(number: number): void {
    this.#reserve(LONGEST_NUMBER);
    this.#digits(number, 6);
  }

  #digits(number: number, digits: number): void {
    const bytes = this.#bytes;
    const end = this.#length + digits;
    let left = number;
    for (let at = end - 1; at >= this.#length; at--) {
      const tenth = Math.floor(left / 10);
      bytes[at] = ZERO + (left - tenth * 10);
      left = tenth;
    }
    this.#length = end;
  }

  #reserve(bytes: number): void {
    if (this.#length + bytes > this.#bytes.length) this.#grow(bytes);
  }

  #grow(bytes: number): void {
    const larger = Buffer.allocUnsafeSlow(2 * (this.#length + bytes));
    this.#bytes.copy(larger, 0, 0, this.#length);
    this.#bytes = larger;
  }
}
