import {
  BAD_CONTENT_LENGTH,
  BAD_HOST,
  BAD_TARGET,
  BAD_TRANSFER_ENCODING,
  EMPTY_CONTENT_LENGTH,
  ENCODING_IN_HTTP_1_0,
  type Fault,
  HOST_CONFLICT,
  LENGTH_AND_ENCODING,
  LOOKALIKE_NAME,
  MANY_CONNECTION_OPTIONS,
  MANY_CONTENT_LENGTHS,
  MANY_HOSTS,
  METHOD_REFUSED,
  UNKNOWN_EXPECTATION,
  UNKNOWN_TRANSFER_ENCODING,
} from './fault.ts';
import {
  CONNECTION,
  CONTENT_LENGTH,
  EXPECT,
  HOST_FIELD,
  identify,
  LOOKALIKE,
  TRANSFER_ENCODING,
} from './field-name.ts';
import { type Head, NAME_START, STRIDE, VALUE_START } from './head.ts';

/** No one byte is to blame. */
export const NOWHERE = -1;

/** Of a value that is read whole: the line, and what may stand in it. */
const VALUES: ReadonlyMap<Fault, readonly [field: number, allowed: RegExp]> = new Map([
  [BAD_HOST, [HOST_FIELD, /[A-Za-z0-9\-._~!$&'()*+;=:[\]]/]],
  [HOST_CONFLICT, [HOST_FIELD, /(?!)/]],
  [BAD_CONTENT_LENGTH, [CONTENT_LENGTH, /[0-9]/]],
  [EMPTY_CONTENT_LENGTH, [CONTENT_LENGTH, /(?!)/]],
  [BAD_TRANSFER_ENCODING, [TRANSFER_ENCODING, /(?!)/]],
  [UNKNOWN_TRANSFER_ENCODING, [TRANSFER_ENCODING, /(?!)/]],
  [ENCODING_IN_HTTP_1_0, [TRANSFER_ENCODING, /(?!)/]],
  [LENGTH_AND_ENCODING, [TRANSFER_ENCODING, /(?!)/]],
  [MANY_CONNECTION_OPTIONS, [CONNECTION, /(?!)/]],
  [UNKNOWN_EXPECTATION, [EXPECT, /(?!)/]],
]);

/** Of which there is one too many. */
const TWICE: ReadonlyMap<Fault, number> = new Map([
  [MANY_HOSTS, HOST_FIELD],
  [MANY_CONTENT_LENGTHS, CONTENT_LENGTH],
]);

/** The byte of a head that makes this its fault, found again once it is refused: a whole one, with the table of its lines. */
export function faultPlace(fault: Fault, head: Head): number {
  if (fault === METHOD_REFUSED) return head.methodStart;
  if (fault === BAD_TARGET) return head.targetStart + firstOdd(head.target, /[!-"$-~]/);
  if (fault === LOOKALIKE_NAME) return lookalikePlace(head);
  const twice = TWICE.get(fault);
  if (twice !== undefined) return startOf(head, lastWith(head, twice), NAME_START);
  const value = VALUES.get(fault);
  if (value === undefined) return NOWHERE;
  const [field, allowed] = value;
  const line = lastWith(head, field);
  return line < 0 ? NOWHERE : startOf(head, line, VALUE_START) + firstOdd(head.value(line), allowed);
}

/** 0: none stands out, so that it is all of it. */
function firstOdd(text: string, allowed: RegExp): number {
  for (let at = 0; at < text.length; at++) if (!allowed.test(text[at]!)) return at;
  return 0;
}

function lastWith(head: Head, id: number): number {
  for (let line = head.count - 1; line >= 0; line--) if (head.id(line) === id) return line;
  return NOWHERE;
}

function lookalikePlace(head: Head): number {
  for (let line = 0; line < head.count; line++) {
    const name = Buffer.from(head.name(line), 'latin1');
    if (identify(name, 0, name.length) === LOOKALIKE) return startOf(head, line, NAME_START);
  }
  return NOWHERE;
}

function startOf(head: Head, line: number, which: number): number {
  return line < 0 ? NOWHERE : head.fields[line * STRIDE + which]!;
}
