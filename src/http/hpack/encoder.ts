import { STATIC, STATIC_SIZE } from './static-table.ts';

/** How a field with this name begins; what the static table has in full (RFC 7541 §6.1, §6.2.2, §6.2.3). */
interface NameCode {
  readonly notIndexed: string;
  readonly neverIndexed: string;
  /** By value. */
  readonly indexed: ReadonlyMap<string, string> | null;
}

const INDEXED = 0x80;
const NOT_INDEXED = 0x00;
const NEVER_INDEXED = 0x10;
const NAME_PREFIX = 0x0f;
const LENGTH_PREFIX = 0x7f;

/** Names, in whatever case they came, whose code is kept. */
const MOST_NAMES = 1024;
/** Characters. */
const LONGEST_KEPT_NAME = 64;

const STATIC_CODES: ReadonlyMap<string, NameCode> = staticCodes();
let codes = new Map(STATIC_CODES);

/*
 * The encoder has no state, and remembers nothing in the peer's table: a head that is dropped halfway leaves both
 * sides in step, an idle connection holds nothing, and a backend's connection that clients share tells none of them
 * by its lengths what another has sent (RFC 7541 §7.1). What it answers is Latin-1, a character for an octet.
 */

/** At the beginning of a block: the encoder uses a table of no size, whatever larger one it may (RFC 7541 §6.3). */
export const NO_TABLE = '\x20';

/** `status`: 100 to 999. */
export function encodeStatus(status: number): string {
  return encodeField(':status', String(status), false);
}

/**
 * @param name in any case, as HTTP/1.1 spells it, or a pseudo-header's
 * @param value Latin-1
 * @param sensitive nobody on the way is to put it into a table (RFC 7541 §7.1.3)
 */
export function encodeField(name: string, value: string, sensitive: boolean): string {
  const code = codes.get(name) ?? codeOf(name);
  if (sensitive) return code.neverIndexed + lengthOf(value) + value;
  return code.indexed?.get(value) ?? code.notIndexed + lengthOf(value) + value;
}

function codeOf(name: string): NameCode {
  const own = copy(name);
  const lower = own.toLowerCase();
  const code = STATIC_CODES.get(lower) ?? nameCode(lower, 0);
  if (own.length > LONGEST_KEPT_NAME) return code;
  // Names that somebody makes up are not to keep out those that all send.
  if (codes.size >= MOST_NAMES) codes = new Map(STATIC_CODES);
  codes.set(own, code);
  return code;
}

/** `index` in the static table; 0 spells the name out. */
function nameCode(lower: string, index: number): NameCode {
  const name = index === 0 ? lengthOf(lower) + lower : '';
  return {
    notIndexed: copy(integer(NOT_INDEXED, NAME_PREFIX, index) + name),
    neverIndexed: copy(integer(NEVER_INDEXED, NAME_PREFIX, index) + name),
    indexed: index === 0 ? null : indexedValues(lower),
  };
}

function indexedValues(name: string): ReadonlyMap<string, string> {
  const entries = STATIC.entries().filter(([, field]) => field?.name.text === name);
  return new Map(entries.map(([index, field]) => [field!.value, integer(INDEXED, LENGTH_PREFIX, index)]));
}

/** A name that has several entries goes by the first. */
function staticCodes(): Map<string, NameCode> {
  const found = new Map<string, NameCode>();
  for (let index = 1; index <= STATIC_SIZE; index++) {
    const name = STATIC[index]!.name.text;
    if (!found.has(name)) found.set(name, nameCode(name, index));
  }
  return found;
}

function lengthOf(text: string): string {
  return integer(0, LENGTH_PREFIX, text.length);
}

/** In one piece, and no part of another: that would keep a whole head in memory. */
function copy(text: string): string {
  return Buffer.from(text, 'latin1').toString('latin1');
}

/** RFC 7541 §5.1. */
function integer(flags: number, prefix: number, value: number): string {
  if (value < prefix) return String.fromCharCode(flags | value);
  let octets = String.fromCharCode(flags | prefix);
  let rest = value - prefix;
  for (; rest >= 0x80; rest >>= 7) octets += String.fromCharCode((rest & 0x7f) | 0x80);
  return octets + String.fromCharCode(rest);
}
