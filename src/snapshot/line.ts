import { CHECKSUM_LENGTH, checksumFault, jsonObject, Unreadable, writeChecksum } from './checked-text.ts';
import type { Said } from './table-source.ts';

/** What is said of a line itself. */
export interface Head {
  /** From 0. The ages are by this number, whatever has become of the lines before. */
  readonly number: number;
  readonly kind: string;
  /** Unix milliseconds. */
  readonly announced: number;
}

/** One endpoint of one route, as it stands in a snapshot. */
export interface Line extends Head {
  readonly said: Said;
}

/** A line that is whole, and has not been read yet. */
export interface PlacedLine extends Head {
  /** Where in its bytes begins what is said of the endpoint, behind the brace or comma, and where it ends. */
  readonly from: number;
  readonly end: number;
}

/** The kind of a line that stands for an endpoint which went while the table was being told. */
export const NO_ENDPOINT = 'none';

/** A longer line is not written: the snapshot repeats in each line what a message says once for all its routes. */
export const MOST_LINE_BYTES = 16 * 1024;

/** Up to the comma before what is said, or the brace where nothing is. */
const HEAD = /^(\d{1,8}) \d{1,8} \{"kind":"([\w-]+)","announced":(\d{1,16})(?=[,}])/;
/** Characters that are enough for it. */
const LONGEST_HEAD = 128;
const COMMA = 0x2c;
/** Up to the brace; within JSON that was written without spaces there is no such thing. */
const START = /[0-9a-f]{8} \d{1,8} (\d{1,8}) (?=\{"kind":)/g;

/**
 * `<checksum> <number> <bytes of JSON> {"kind":…,"announced":…,…}`, with its line feed. Answers how many bytes it has.
 * @param target has room for it from `at` on, with three bytes for each character
 * @param json an object, as text without spaces or line feeds between its parts @param seed of this writing
 */
export function writeLine(target: Buffer, at: number, head: Head, json: string, seed: number): number {
  const rest = json === '{}' ? '}' : `,${json.slice(1)}`;
  const whole = `{"kind":"${head.kind}","announced":${head.announced}${rest}`;
  const from = at + CHECKSUM_LENGTH;
  const text = `${head.number} ${whole.length} ${whole}\n`;
  let length = target.write(text, from);
  // Beyond ASCII there are more bytes than characters.
  if (length !== text.length) {
    length = target.write(`${head.number} ${Buffer.byteLength(whole)} ${whole}\n`, from);
  }
  writeChecksum(target, at, from + length - 1, seed);
  return CHECKSUM_LENGTH + length;
}

/** As a line has it: one before 1970, by a clock that nobody has set, is the first. @param announced Unix milliseconds */
export function writtenTime(announced: number): number {
  return Math.max(0, Math.floor(announced));
}

/** With its line feed. @param seed as of `writeLine` */
export function lineText({ said, ...head }: Line, seed: number): string {
  return textOfLine(head, JSON.stringify(said), seed);
}

/** The same. @param json as of `writeLine` */
export function textOfLine(head: Head, json: string, seed: number): string {
  const bytes = Buffer.allocUnsafe(3 * json.length + LONGEST_HEAD);
  return bytes.toString('utf8', 0, writeLine(bytes, 0, head, json, seed));
}

/** @param bytes without the line feed */
export function readLine(bytes: Buffer, seed: number): Line | Unreadable {
  const line = placeLine(bytes, 0, bytes.length, seed);
  if (line instanceof Unreadable) return line;
  const { number, kind, announced, from, end } = line;
  const said = saidOf(bytes.toString('utf8', from, end));
  return said instanceof Unreadable ? said : { number, kind, announced, said };
}

/** @param start of the line in `bytes` @param end of it, without the line feed */
export function placeLine(bytes: Buffer, start: number, end: number, seed: number): PlacedLine | Unreadable {
  const fault = checksumFault(bytes, start, end, seed);
  if (fault !== null) return fault;
  const text = start + CHECKSUM_LENGTH;
  const head = HEAD.exec(bytes.toString('latin1', text, Math.min(end, text + LONGEST_HEAD)));
  if (head === null) return new Unreadable('it does not begin with its number, its kind and a time');
  const from = text + head[0].length;
  return {
    number: Number(head[1]),
    kind: head[2]!,
    announced: Number(head[3]),
    from: bytes[from] === COMMA ? from + 1 : from,
    end,
  };
}

/** @param fields what a line says of its endpoint: JSON of an object, behind its opening brace */
export function saidOf(fields: string): Said | Unreadable {
  return jsonObject(`{${fields}`);
}

/**
 * What may be lines in what cannot be read as one: where a line feed is lost, the lines on both sides of it are still
 * whole. None reaches into the next, so that whatever stands there is looked at once.
 */
export function linesWithin(bytes: Buffer, start: number, end: number): { start: number; end: number }[] {
  const starts = [...bytes.toString('latin1', start, end).matchAll(START)];
  return starts.flatMap(({ index, 0: text, 1: length }, place) => {
    const begin = start + index;
    const stop = begin + text.length + Number(length);
    const next = starts[place + 1];
    return stop <= (next === undefined ? end : start + next.index) ? [{ start: begin, end: stop }] : [];
  });
}
