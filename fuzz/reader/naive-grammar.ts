import type { Fields, ReadMessage } from './reading.ts';

/**
 * RFC 9112 read off the page with regular expressions: slow, strict, and nothing of the engine in it. Text is
 * Latin-1, one character a byte.
 */
export interface NaiveMessage extends ReadMessage {
  /** The start line as it stood. */
  readonly line: string;
  /** Host without regard to case, of a request. */
  readonly host: string;
  /** The data of each chunk but the last; `null` when the body is not chunked. */
  readonly chunks: readonly string[] | null;
  /** Offset behind it. */
  readonly next: number;
}

/** Why the text is refused, or that it breaks off. No `Error`: its stack would take longer than the reading. */
export class Stop {
  readonly end: 'unfinished' | 'refused';
  readonly why: string;

  constructor(end: 'unfinished' | 'refused', why = '') {
    this.end = end;
    this.why = why;
  }
}

const FIELD =
  /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[\t ]*((?:[!-~\x80-\xff](?:[\t -~\x80-\xff]*[!-~\x80-\xff])?)?)[\t ]*$/;
const CHUNK_SIZE = /([0-9A-Fa-f]{1,16})(?:;[\t -~\x80-\xff]*)?\r\n/y;
const LOOSE_CHUNK_SIZE = /([0-9A-Fa-f]{1,16})[\t ]*(?:;[\t -~\x80-\xff]*)?\r\n/y;

/** Not to the letter, as applications' responses are read: lines may end in LF alone, and be folded. @throws Stop */
export function takeLooseHead(text: string, at: number): { line: string; fields: Fields; next: number } {
  const end = /\n\r?\n/g;
  end.lastIndex = at;
  const found = end.exec(text);
  if (found === null) throw new Stop('unfinished');
  const next = found.index + found[0].length;
  const [line = '', ...lines] = text.slice(at, found.index).replace(/\r$/, '').split(/\r?\n/);
  if (/^[ \t]/.test(lines[0] ?? '')) throw new Stop('refused', 'a fold behind the start line');
  const unfolded = lines
    .join('\n')
    .replaceAll(/(?:[ \t]*\n[ \t]+)+/g, ' ')
    .split('\n');
  return { line, fields: lines.length === 0 ? [] : unfolded.map(readField), next };
}

/** @throws Stop */
export function takeHead(text: string, at: number): { line: string; fields: Fields; next: number } {
  const end = text.indexOf('\r\n\r\n', at);
  if (end < 0) throw new Stop('unfinished');
  const [line = '', ...lines] = text.slice(at, end).split('\r\n');
  return { line, fields: lines.map(readField), next: end + 4 };
}

/** @throws Stop */
function readField(line: string): readonly [string, string] {
  const match = FIELD.exec(line);
  if (match === null) throw new Stop('refused', 'a line that is no header field');
  return [match[1]!, match[2]!];
}

export function valuesOf(fields: Fields, name: string): string[] {
  return fields.filter(([other]) => other.toLowerCase() === name).map(([, value]) => value);
}

/** The same of an application's response: equal lengths are one, and chunks come before a length. @throws Stop */
export function looseLength(fields: Fields, http10: boolean): number | 'chunked' | null {
  const isFraming = (name: string) => /^(?:content-length|transfer-encoding)$/i.test(name);
  const framing = fields.filter(([name]) => isFraming(name));
  const lengths = framing.filter(([name]) => /^c/i.test(name)).map((field) => statedLength([field], http10));
  const codings = framing.filter(([name]) => /^t/i.test(name));
  if (new Set(lengths).size > 1) throw new Stop('refused', 'lengths that differ');
  return codings.length > 0 ? statedLength(codings, http10) : (lengths[0] ?? null);
}

/** What the head says of the body's length; `null` when nothing. @throws Stop */
export function statedLength(fields: Fields, http10: boolean): number | 'chunked' | null {
  const lengths = valuesOf(fields, 'content-length');
  const codings = valuesOf(fields, 'transfer-encoding');
  if (lengths.length + codings.length === 0) return null;
  if (lengths.length + codings.length > 1) throw new Stop('refused', 'more than one framing field');
  if (codings.length === 1) {
    if (http10 || codings[0]!.toLowerCase() !== 'chunked') throw new Stop('refused', 'Transfer-Encoding');
    return 'chunked';
  }
  const length = Number(lengths[0]);
  if (!/^[0-9]+$/.test(lengths[0]!) || !Number.isSafeInteger(length))
    throw new Stop('refused', 'Content-Length');
  return length;
}

export interface Body {
  body: string;
  chunks: string[] | null;
  trailers: Fields;
  next: number;
  /** Set when the text ends before the body does, or the body is none. */
  stop: Stop | null;
}

export function takeBody(text: string, at: number, length: number | 'chunked', isLoose = false): Body {
  if (length === 'chunked') return takeChunks(text, at, isLoose ? LOOSE_CHUNK_SIZE : CHUNK_SIZE);
  const next = Math.min(text.length, at + length);
  const stop = next < at + length ? new Stop('unfinished') : null;
  return { body: text.slice(at, next), chunks: null, trailers: [], next, stop };
}

function takeChunks(text: string, at: number, sizeLine: RegExp): Body {
  const chunks: string[] = [];
  let body = '';
  const broken = (stop: Stop): Body => ({ body, chunks, trailers: [], next: text.length, stop });
  for (;;) {
    sizeLine.lastIndex = at;
    const line = sizeLine.exec(text);
    if (line === null)
      return broken(new Stop(text.includes('\n', at) ? 'refused' : 'unfinished', 'chunk size'));
    const size = Number.parseInt(line[1]!, 16);
    at += line[0].length;
    if (!Number.isSafeInteger(size)) return broken(new Stop('refused', 'chunk size'));
    if (size === 0) break;
    const data = text.slice(at, at + size);
    body += data;
    chunks.push(data);
    at += size;
    if (text.length < at + 2) return broken(new Stop('unfinished'));
    if (!text.startsWith('\r\n', at)) return broken(new Stop('refused', 'no CRLF behind a chunk'));
    at += 2;
  }
  if (text.startsWith('\r\n', at)) return { body, chunks, trailers: [], next: at + 2, stop: null };
  const end = text.indexOf('\r\n\r\n', at);
  if (end < 0) return broken(new Stop('unfinished'));
  try {
    const trailers = text.slice(at, end).split('\r\n').map(readField);
    return { body, chunks, trailers, next: end + 4, stop: null };
  } catch (error) {
    if (error instanceof Stop) return broken(error);
    throw error;
  }
}
