import { CR, LF } from './character.ts';
import { BARE_LF, FOLDED } from './oddity.ts';

/**
 * Where a head ends whose lines may end in a bare LF: behind the first empty line; -1: not in these bytes.
 *
 * @param from below it there is no line end before which one has looked already
 */
export function looseHeadEnd(bytes: Buffer, from: number): number {
  for (let at = bytes.indexOf(LF, from); at >= 0; at = bytes.indexOf(LF, at + 1)) {
    const next = bytes[at + 1] === CR ? at + 2 : at + 1;
    if (bytes[next] === LF) return next + 1;
  }
  return -1;
}

/**
 * The same head as it should have been written: lines end in CRLF, and what a line was folded into is joined by a
 * space (RFC 9112 §2.2, §5.2). Whatever else is wrong with it, stays wrong.
 */
export function mendedHead(head: string): { readonly text: string; readonly oddities: number } {
  const lines: string[] = [];
  let oddities = 0;
  for (const line of head.split('\n').slice(0, -1)) {
    const isWhole = line.endsWith('\r');
    if (!isWhole) oddities |= BARE_LF;
    const text = isWhole ? line.slice(0, -1) : line;
    // Behind the start line there is nothing yet that could go on.
    if (lines.length > 1 && isBlank(text.charCodeAt(0))) {
      oddities |= FOLDED;
      lines.push(`${withoutBlanksBehind(lines.pop()!)} ${withoutBlanksBefore(text)}`);
    } else {
      lines.push(text);
    }
  }
  return { text: `${lines.join('\r\n')}\r\n`, oddities };
}

const SPACE = 0x20;
const TAB = 0x09;

function isBlank(code: number): boolean {
  return code === SPACE || code === TAB;
}

function withoutBlanksBehind(text: string): string {
  let end = text.length;
  while (end > 0 && isBlank(text.charCodeAt(end - 1))) end--;
  return text.slice(0, end);
}

function withoutBlanksBefore(text: string): string {
  let start = 0;
  while (start < text.length && isBlank(text.charCodeAt(start))) start++;
  return text.slice(start);
}
