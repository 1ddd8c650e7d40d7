import { crc32 } from 'node:zlib';

/** Why something in a file is not what it should be. The reason names no content: a route may hold secrets. */
export class Unreadable {
  readonly reason: string;

  constructor(reason: string) {
    this.reason = reason;
  }
}

/** Characters of a checksum and the space after it. */
export const CHECKSUM_LENGTH = 9;

const SPACE = 0x20;
const NO_DIGIT = 16;
/** What a byte is worth as a hexadecimal digit; `NO_DIGIT`: nothing. */
const DIGITS = new Uint8Array(256).fill(NO_DIGIT);
const DIGIT_CODES = Buffer.from('0123456789abcdef');
for (const [value, code] of DIGIT_CODES.entries()) DIGITS[code] = value;

/**
 * What checksums begin with that hold for one writing alone: a line of another one, that a broken file system has
 * left in the file, is as bad as any. @param text its id
 */
export function seedOf(text: string): number {
  return crc32(text);
}

/** The text after its checksum: CRC-32 in eight hexadecimal digits, a space, the text. */
export function withChecksum(text: string, seed: number): string {
  return `${hexadecimal(crc32(text, seed))} ${text}`;
}

/** The same where the text is in place already: its checksum before it. @param at where that begins @param end of the text */
export function writeChecksum(bytes: Buffer, at: number, end: number, seed: number): void {
  let rest = crc32(bytes.subarray(at + CHECKSUM_LENGTH, end), seed);
  bytes[at + CHECKSUM_LENGTH - 1] = SPACE;
  for (let place = at + CHECKSUM_LENGTH - 2; place >= at; place--) {
    bytes[place] = DIGIT_CODES[rest & 15]!;
    rest >>>= 4;
  }
}

/** What `withChecksum` was given, still as bytes. */
export function checkedBytes(bytes: Buffer, seed: number): Buffer | Unreadable {
  return checksumFault(bytes, 0, bytes.length, seed) ?? bytes.subarray(CHECKSUM_LENGTH);
}

/** `null`: from `start` to `end` is what `withChecksum` has made. */
export function checksumFault(bytes: Buffer, start: number, end: number, seed: number): Unreadable | null {
  const text = start + CHECKSUM_LENGTH;
  if (end < text) return new Unreadable('it is too short');
  const isIntact =
    bytes[text - 1] === SPACE && checksumAt(bytes, start) === crc32(bytes.subarray(text, end), seed);
  return isIntact ? null : new Unreadable('its checksum is wrong');
}

/** The text as a JSON object. What V8 says of bad JSON would quote it. */
export function jsonObject(text: string): Readonly<Record<string, unknown>> | Unreadable {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return new Unreadable('it is not JSON');
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return value as Record<string, unknown>;
  }
  return new Unreadable('it is not a JSON object');
}

/** Whether it is a time or a count: a whole number from 0. */
export function isWhole(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function hexadecimal(sum: number): string {
  return sum.toString(16).padStart(CHECKSUM_LENGTH - 1, '0');
}

/** `NaN`: there is none. A table has hundreds of thousands, so that a text for each is too much. */
function checksumAt(bytes: Buffer, start: number): number {
  let sum = 0;
  for (let at = start; at < start + CHECKSUM_LENGTH - 1; at++) {
    const digit = DIGITS[bytes[at]!]!;
    if (digit === NO_DIGIT) return Number.NaN;
    sum = sum * 16 + digit;
  }
  return sum;
}
