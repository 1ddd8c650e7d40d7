/** Of a UDP datagram over IPv4; what is longer cannot be sent. */
export const LONGEST_DATAGRAM = 65_507;
const CHUNK_BYTES = 4 * LONGEST_DATAGRAM;

/** Protobuf's wire types. */
const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;

const TWO_TO_12 = 2 ** 12;
const TWO_TO_20 = 2 ** 20;
const TWO_TO_32 = 2 ** 32;

/**
 * Protobuf messages, written from their end to their beginning: so a nested message is done, and its length known,
 * when the length is written. Fields are to be given in reverse.
 */
export class BackwardWriter {
  #chunk = Buffer.allocUnsafeSlow(CHUNK_BYTES);
  #at = CHUNK_BYTES;
  #end = CHUNK_BYTES;
  #fits = true;
  readonly #groups = new Uint8Array(10);

  begin(): void {
    if (this.#at < LONGEST_DATAGRAM) {
      this.#chunk = Buffer.allocUnsafeSlow(CHUNK_BYTES);
      this.#at = CHUNK_BYTES;
    }
    this.#end = this.#at;
    this.#fits = true;
  }

  /** What was written since `begin`; `null` when it is too long for a datagram. */
  done(): Buffer | null {
    if (this.#fits) return this.#chunk.subarray(this.#at, this.#end);
    this.#at = this.#end;
    return null;
  }

  /** To be given to `nest` when the fields of a nested message are written. */
  get mark(): number {
    return this.#at;
  }

  /** Makes what was written since `mark` one field. */
  nest(field: number, mark: number): void {
    this.#varint(mark - this.#at, 0);
    this.#tag(field, BYTES);
  }

  /** Whole, not negative, at most 2^53. */
  integer(field: number, value: number): void {
    this.integer64(field, value % TWO_TO_32, Math.floor(value / TWO_TO_32));
  }

  /** An unsigned number of 64 bits in two halves. */
  integer64(field: number, low: number, high: number): void {
    this.#varint(low, high);
    this.#tag(field, VARINT);
  }

  /** Nanoseconds from milliseconds; in two parts, as together they are beyond 2^53. */
  nanoseconds(field: number, milliseconds: number): void {
    const whole = Math.floor(milliseconds);
    const upper = Math.floor(whole / TWO_TO_20) * 1e6;
    const lower = (whole % TWO_TO_20) * 1e6 + Math.floor((milliseconds - whole) * 1e6);
    const sum = (upper % TWO_TO_12) * TWO_TO_20 + lower;
    this.integer64(field, sum % TWO_TO_32, Math.floor(upper / TWO_TO_12) + Math.floor(sum / TWO_TO_32));
  }

  double(field: number, value: number): void {
    if (this.#reserve(8)) this.#chunk.writeDoubleLE(value, this.#at);
    this.#tag(field, FIXED64);
  }

  text(field: number, value: string): void {
    this.#string(field, value, Buffer.byteLength(value), 'utf8');
  }

  /** `value`: one character a byte. */
  latin1(field: number, value: string): void {
    this.#string(field, value, value.length, 'latin1');
  }

  #string(field: number, value: string, length: number, encoding: 'utf8' | 'latin1'): void {
    if (this.#reserve(length)) this.#chunk.write(value, this.#at, length, encoding);
    this.#varint(length, 0);
    this.#tag(field, BYTES);
  }

  #tag(field: number, type: number): void {
    this.#varint((field << 3) | type, 0);
  }

  #varint(low: number, high: number): void {
    let [l, h] = [low >>> 0, high >>> 0];
    let count = 0;
    for (; h > 0 || l > 0x7f; count++) {
      this.#groups[count] = (l & 0x7f) | 0x80;
      l = ((l >>> 7) | (h << 25)) >>> 0;
      h >>>= 7;
    }
    this.#groups[count++] = l;
    if (!this.#reserve(count)) return;
    for (let i = 0; i < count; i++) this.#chunk[this.#at + i] = this.#groups[i]!;
  }

  #reserve(bytes: number): boolean {
    if (this.#end - this.#at + bytes > LONGEST_DATAGRAM) this.#fits = false;
    if (this.#fits) this.#at -= bytes;
    return this.#fits;
  }
}
