/** A UUID as two numbers of 64 bits, each in two halves, the less significant first. */
export type UuidHalves = Uint32Array;

const LENGTH = 36;
const HYPHEN = 0x2d;
const NO_DIGIT = -1;

/** Reads it into `into`, each half's bytes from the least. False when it is no UUID: `into` is then all zero. */
export function readUuid(uuid: string, into: UuidHalves): boolean {
  const isOne =
    uuid.length === LENGTH &&
    uuid.charCodeAt(8) === HYPHEN &&
    uuid.charCodeAt(13) === HYPHEN &&
    uuid.charCodeAt(18) === HYPHEN &&
    uuid.charCodeAt(23) === HYPHEN &&
    readBytes(uuid, 0, 4, into, 0) &&
    readBytes(uuid, 9, 2, into, 4) &&
    readBytes(uuid, 14, 2, into, 6) &&
    readBytes(uuid, 19, 2, into, 8) &&
    readBytes(uuid, 24, 6, into, 10);
  if (!isOne) into.fill(0);
  return isOne;
}

/** @param start of the first digit @param to of the first byte, as all of `into` count them */
function readBytes(uuid: string, start: number, count: number, into: UuidHalves, to: number): boolean {
  for (let byte = 0; byte < count; byte++) {
    const at = start + 2 * byte;
    const value = (digit(uuid.charCodeAt(at)) << 4) | digit(uuid.charCodeAt(at + 1));
    if (value < 0) return false;
    const place = to + byte;
    if ((place & 3) === 0) into[place >> 2] = value;
    else into[place >> 2]! |= value << (8 * (place & 3));
  }
  return true;
}

/** Below zero: it is none. */
function digit(code: number): number {
  return code < DIGITS.length ? DIGITS[code]! : NO_DIGIT;
}

/** By character. */
const DIGITS = new Int8Array(128).fill(NO_DIGIT);
for (let value = 0; value < 16; value++) {
  DIGITS[value.toString(16).charCodeAt(0)] = value;
  DIGITS[value.toString(16).toUpperCase().charCodeAt(0)] = value;
}
