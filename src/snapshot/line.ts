import { checkedBytes, jsonObject, Unreadable, withChecksum } from './checked-text.ts';
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

/** The kind of a line that stands for an endpoint which went while the table was being told. */
export const NO_ENDPOINT = 'none';

/** A longer line is not written: the snapshot repeats in each line what a message says once for all its routes. */
export const MOST_LINE_BYTES = 16 * 1024;

/** Up to the comma before what is said, or the brace where nothing is. */
const HEAD = /^(\d{1,8}) \d{1,8} \{"kind":"([\w-]+)","announced":(\d{1,16})(?=[,}])/;
/** Up to the brace; within JSON that was written without spaces there is no such thing. */
const START = /[0-9a-f]{8} \d{1,8} (\d{1,8}) (?=\{"kind":)/g;

/**
 * `<checksum> <number> <bytes of JSON> {"kind":…,"announced":…,…}`, with its line feed.
 * @param seed of this writing
 */
export function lineText({ number, kind, announced, said }: Line, seed: number): string {
  const saying = JSON.stringify(said);
  const rest = saying === '{}' ? '}' : `,${saying.slice(1)}`;
  const json = `{"kind":${JSON.stringify(kind)},"announced":${announced}${rest}`;
  return `${withChecksum(`${number} ${Buffer.byteLength(json)} ${json}`, seed)}\n`;
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
 * What may be lines in what cannot be read as one: where a line feed is lost, the lines on both sides of it are still
 * whole. None reaches into the next, so that whatever stands there is looked at once.
 */
export function linesWithin(bytes: Buffer): Buffer[] {
  const starts = [...bytes.toString('latin1').matchAll(START)];
  return starts.flatMap(({ index, 0: start, 1: length }, place) => {
    const end = index + start.length + Number(length);
    return end <= (starts[place + 1]?.index ?? bytes.length) ? [bytes.subarray(index, end)] : [];
  });
}
