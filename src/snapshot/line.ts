import { CHECKSUM_LENGTH, checkedBytes, jsonObject, Unreadable, withChecksum } from './checked-text.ts';
import type { Said } from './table-source.ts';

/** One endpoint of one route, as it stands in a snapshot. */
export interface Line {
  /** From 0. The ages are by this number, whatever has become of the lines before. */
  readonly number: number;
  readonly kind: string;
  /** Unix milliseconds. */
  readonly announced: number;
  readonly said: Said;
}

/** What no JSON that was written without spaces has inside: a line's start. */
const START = ' {"kind":';
/** Up to the comma before what is said, or the brace where nothing is. */
const HEAD = /^(\d{1,8}) \{"kind":"([\w-]+)","announced":(\d{1,16})(?=[,}])/;
const MOST_DIGITS = 8;

/** `<checksum> <number> {"kind":…,"announced":…,…}`, with its line feed. @param seed of this writing */
export function lineText({ number, kind, announced, said }: Line, seed: number): string {
  const json = JSON.stringify(said);
  const rest = json === '{}' ? '}' : `,${json.slice(1)}`;
  const text = `${number}${START}${JSON.stringify(kind)},"announced":${announced}${rest}`;
  return `${withChecksum(text, seed)}\n`;
}

/** @param bytes without the line feed */
export function readLine(bytes: Buffer, seed: number): Line | Unreadable {
  const checked = checkedBytes(bytes, seed);
  if (checked instanceof Unreadable) return checked;
  const text = checked.toString('utf8');
  const head = HEAD.exec(text);
  if (head === null) return new Unreadable('it does not begin with its number, its kind and a time');
  const rest = text.slice(head[0].length);
  // Without its own two fields, so that they need not be taken out of each object.
  const said = jsonObject(rest[0] === ',' ? `{${rest.slice(1)}` : `{${rest}`);
  if (said instanceof Unreadable) return said;
  return { number: Number(head[1]), kind: head[2]!, announced: Number(head[3]), said };
}

/**
 * The lines that may be in what cannot be read as one: where a line feed is lost, the next line is still whole. What
 * stands before the first start is left out.
 */
export function linesWithin(bytes: Buffer): Buffer[] {
  const starts: number[] = [];
  for (let at = bytes.indexOf(START); at !== -1; at = bytes.indexOf(START, at + 1)) {
    let first = at;
    while (first > 0 && at - first < MOST_DIGITS && isDigit(bytes[first - 1]!)) first--;
    // The digits of a number and of a checksum are one run only where the space between them is lost.
    if (first < at && first >= CHECKSUM_LENGTH) starts.push(first - CHECKSUM_LENGTH);
  }
  return starts.map((start, index) => {
    const next = starts[index + 1];
    // Before it stands what was the line feed.
    return bytes.subarray(start, next === undefined ? bytes.length : next - 1);
  });
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}
