import { CONTENT_LENGTH, HOST_FIELD, TRANSFER_ENCODING } from './field-name.ts';
import { CANONICAL, type Head, ID_MASK, KIND, NAME_START, STRIDE, VALUE_END } from './head.ts';

/**
 * The header lines that go on to the other side, in their order and with their bytes. `dropped` is indexed by
 * field id; `named` are the fields that Connection declares meant for this hop, `protectedNames` those it
 * cannot. Runs of lines already spelled `Name: value` are taken as one piece of text; the first run begins at
 * `from`, which takes a start line along that needs no change, or is -1.
 */
export function keptLines(
  head: Head,
  from: number,
  dropped: Uint8Array,
  named: readonly string[] | null,
  protectedNames: readonly string[],
): string {
  if (named !== null) return linesOneByOne(head, from, dropped, named, protectedNames);
  const { fields, count, text } = head;
  let kept = '';
  let runStart = from;
  let runEnd = from < 0 ? -1 : startEnd(head);
  for (let line = 0, at = 0; line < count; line++, at += STRIDE) {
    const kind = fields[at + KIND]!;
    const drop = dropped[kind & ID_MASK] === 1;
    if (!drop && kind & CANONICAL) {
      if (runStart < 0) runStart = fields[at + NAME_START]!;
      runEnd = fields[at + VALUE_END]! + 2;
      continue;
    }
    if (runStart >= 0) kept += text.slice(runStart, runEnd);
    runStart = -1;
    if (!drop) kept += lineOf(head, line);
  }
  return runStart < 0 ? kept : kept + text.slice(runStart, runEnd);
}

/** Few messages name any. */
function linesOneByOne(
  head: Head,
  from: number,
  dropped: Uint8Array,
  named: readonly string[],
  protectedNames: readonly string[],
): string {
  let kept = from < 0 ? '' : head.text.slice(from, startEnd(head));
  for (let line = 0; line < head.count; line++) {
    if (isKept(head, line, dropped, named, protectedNames)) kept += lineOf(head, line);
  }
  return kept;
}

/** Behind the start line's CRLF. */
function startEnd({ count, fields, text }: Head): number {
  return count > 0 ? fields[NAME_START]! : text.length - 2;
}

function lineOf(head: Head, line: number): string {
  return `${head.name(line)}: ${head.value(line)}\r\n`;
}

/** Whether one line of `head` is among its `keptLines`. */
export function isKept(
  head: Head,
  line: number,
  dropped: Uint8Array,
  named: readonly string[] | null,
  protectedNames: readonly string[],
): boolean {
  if (dropped[head.id(line)] === 1) return false;
  return named === null || !isHopByHop(head, line, named, protectedNames);
}

/** RFC 9110 §7.6.1, except that nobody can have framing or Host removed (CVE-2023-34041 is what else happens). */
function isHopByHop(
  head: Head,
  line: number,
  named: readonly string[],
  protectedNames: readonly string[],
): boolean {
  const id = head.id(line);
  if (id === HOST_FIELD || id === CONTENT_LENGTH || id === TRANSFER_ENCODING) return false;
  const name = head.name(line).toLowerCase();
  return named.includes(name) && !protectedNames.includes(name);
}
