/** Of a UDP datagram over IPv4; what is longer cannot be sent. */
export const LONGEST_DATAGRAM = 65_507;

/** Protobuf's wire types. */
const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;

const TWO_TO_12 = 2 ** 12;
const TWO_TO_20 = 2 ** 20;
const TWO_TO_32 = 2 ** 32;
/** Characters from which on one call to the engine is quicker than a loop. */
const LONG_TEXT = 64;

/** Milliseconds as a number of nanoseconds of 64 bits, in two halves, the less significant first: as one it is beyond 2^53. */
export function nanosecondHalves(milliseconds: number, into: Uint32Array): void {
  // Products and differences: the remainder of a division of fractions takes ten times as long.
  const whole = Math.floor(milliseconds);
  const millions = Math.floor(whole / TWO_TO_20);
  const upper = millions * 1e6;
  const lower = (whole - millions * TWO_TO_20) * 1e6 + Math.floor((milliseconds - whole) * 1e6);
  const high = Math.floor(upper / TWO_TO_12);
  const sum = (upper - high * TWO_TO_12) * TWO_TO_20 + lower;
  const carry = Math.floor(sum / TWO_TO_32);
  into[0] = sum - carry * TWO_TO_32;
  into[1] = high + carry;
}

/** Text that lies in bytes already. */
export interface TextBytes {
  readonly length: number;
  copyTo(target: Buffer, start: number): number;
}

/**
 * Protobuf messages, written from their end to their beginning: so a nested message is done, and its length known,
 * when the length is written. Fields are to be given in reverse. The memory is somebody else's.
 */
export class BackwardWriter {
  #memory: Buffer;
  #at: number;
  #end: number;
  #fits = true;
  readonly #groups = new Uint8Array(10);
  readonly #halves = new Uint32Array(2);

  constructor(memory: Buffer) {
    this.#memory = memory;
    this.#at = memory.length;
    this.#end = this.#at;
  }

  /** Goes on at the end of that memory. */
  turnTo(memory: Buffer): void {
    this.#memory = memory;
    this.#at = memory.length;
    this.#end = this.#at;
  }

  /** Where what was written begins; also what `nest` takes when the fields of a nested message are written. */
  get mark(): number {
    return this.#at;
  }

  /** Where what was sealed begins. */
  get sealed(): number {
    return this.#end;
  }

  /** A message that is to fit a datagram. The memory has room for one. What was not sealed is written over, whole or not. */
  begin(): void {
    this.#at = this.#end;
    this.#fits = true;
  }

  /** Whether what was written since `begin` fits a datagram; where it does not, nothing is left of it. */
  done(): boolean {
    if (!this.#fits) this.#at = this.#end;
    return this.#fits;
  }

  /** What was written since `begin`, where it lies. */
  message(): Buffer {
    return this.#memory.subarray(this.#at, this.#end);
  }

  /** Puts the length of what was written since `begin` before it: four bytes, the least first. */
  seal(): void {
    const length = this.#end - this.#at;
    this.#at -= 4;
    this.#memory.writeUInt32LE(length, this.#at);
    this.#end = this.#at;
  }

  /** Makes what was written since `mark` one field. */
  nest(field: number, mark: number): void {
    this.#varint(mark - this.#at, 0);
    this.#tag(field, BYTES);
  }

  /** Whole, not negative, at most 2^53. */
  integer(field: number, value: number): void {
    const high = Math.floor(value / TWO_TO_32);
    this.integer64(field, value - high * TWO_TO_32, high);
  }

  /** An unsigned number of 64 bits in two halves. */
  integer64(field: number, low: number, high: number): void {
    this.#varint(low, high);
    this.#tag(field, VARINT);
  }

  /** Nanoseconds from milliseconds. */
  nanoseconds(field: number, milliseconds: number): void {
    nanosecondHalves(milliseconds, this.#halves);
    this.integer64(field, this.#halves[0]!, this.#halves[1]!);
  }

  double(field: number, value: number): void {
    if (this.#reserve(8)) this.#memory.writeDoubleLE(value, this.#at);
    this.#tag(field, FIXED64);
  }

  text(field: number, value: string): void {
    const length = Buffer.byteLength(value);
    if (this.#reserve(length)) this.#memory.write(value, this.#at, length, 'utf8');
    this.#varint(length, 0);
    this.#tag(field, BYTES);
  }

  /** `value`: one character a byte. */
  latin1(field: number, value: string): void {
    const { length } = value;
    if (this.#reserve(length)) {
      if (length < LONG_TEXT) this.#characters(value);
      else this.#memory.write(value, this.#at, length, 'latin1');
    }
    this.#varint(length, 0);
    this.#tag(field, BYTES);
  }

  bytes(field: number, value: TextBytes): void {
    if (this.#reserve(value.length)) value.copyTo(this.#memory, this.#at);
    this.#varint(value.length, 0);
    this.#tag(field, BYTES);
  }

  /** Fields that were written before, as `message` has them. */
  fields(written: Uint8Array): void {
    if (this.#reserve(written.length)) this.#memory.set(written, this.#at);
  }

  #characters(value: string): void {
    const memory = this.#memory;
    let to = this.#at;
    for (let at = 0; at < value.length; at++) memory[to++] = value.charCodeAt(at);
  }

  #tag(field: number, type: number): void {
    this.#varint((field << 3) | type, 0);
  }

  #varint(low: number, high: number): void {
    if (high === 0 && low < 0x80) {
      if (this.#reserve(1)) this.#memory[this.#at] = low;
      return;
    }
    let [l, h] = [low >>> 0, high >>> 0];
    let count = 0;
    for (; h > 0 || l > 0x7f; count++) {
      this.#groups[count] = (l & 0x7f) | 0x80;
      l = ((l >>> 7) | (h << 25)) >>> 0;
      h >>>= 7;
    }
    this.#groups[count++] = l;
    if (!this.#reserve(count)) return;
    for (let i = 0; i < count; i++) this.#memory[this.#at + i] = this.#groups[i]!;
  }

  #reserve(bytes: number): boolean {
    if (this.#end - this.#at + bytes > LONGEST_DATAGRAM) this.#fits = false;
    if (this.#fits) this.#at -= bytes;
    return this.#fits;
  }
}
