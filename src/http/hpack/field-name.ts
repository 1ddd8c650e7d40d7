import { CLASS, COLON, TOKEN } from '../message/character.ts';
import { identify, OTHER } from '../message/field-name.ts';

/** Which pseudo-header a name is (RFC 9113 §8.3, RFC 8441 §4). */
export type Pseudo = number;

export const NO_PSEUDO = 0;
export const METHOD = 1;
export const SCHEME = 2;
export const AUTHORITY = 3;
export const PATH = 4;
export const PROTOCOL = 5;
export const STATUS = 6;
/** Begins with `:` and is none of these. */
export const UNKNOWN_PSEUDO = 7;

const PSEUDO_HEADERS: ReadonlyMap<string, Pseudo> = new Map([
  [':method', METHOD],
  [':scheme', SCHEME],
  [':authority', AUTHORITY],
  [':path', PATH],
  [':protocol', PROTOCOL],
  [':status', STATUS],
]);

const UPPER_A = 0x41;
const UPPER_Z = 0x5a;

/** A field's name, looked at once: tables hold these, and fields share them. */
export class FieldName {
  /** As it was sent, Latin-1. */
  readonly text: string;
  /** As `identify` of `http/message/field-name.ts` says: an id, `OTHER` or `LOOKALIKE`. */
  readonly id: number;
  readonly pseudo: Pseudo;
  /**
   * Not empty, and of lower-case token characters; a `:` stands only before the rest of a pseudo-header's name
   * (RFC 9113 §8.2.1).
   */
  readonly isValid: boolean;
  /** What stands before the value in a line of HTTP/1.1. */
  readonly opening: string;

  /** The name in `bytes[start, end)`, which is copied. */
  constructor(bytes: Buffer, start: number, end: number) {
    const isEmpty = start === end;
    const isPseudo = !isEmpty && bytes[start] === COLON;
    this.text = bytes.toString('latin1', start, end);
    this.id = isEmpty ? OTHER : identify(bytes, start, end);
    this.pseudo = isPseudo ? (PSEUDO_HEADERS.get(this.text) ?? UNKNOWN_PSEUDO) : NO_PSEUDO;
    this.isValid = isLowerToken(bytes, isPseudo ? start + 1 : start, end);
    this.opening = this.text + ': ';
  }
}

function isLowerToken(bytes: Buffer, start: number, end: number): boolean {
  for (let at = start; at < end; at++) {
    const byte = bytes[at]!;
    if ((CLASS[byte]! & TOKEN) === 0 || (byte >= UPPER_A && byte <= UPPER_Z)) return false;
  }
  return start < end;
}
