const QUOTE = 0x22;
const COMMA = 0x2c;
const OPEN_LIST = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

const NO_JSON = 'something else than JSON';
const NO_LIST = 'something else than a list';

type State =
  /** Before the first byte that is no white space. */
  | 'start'
  | 'list'
  /** Behind its end. */
  | 'done'
  /** No list: only the whole of it tells what else. */
  | 'other';

/**
 * A JSON list out of bytes that come in any pieces. Its elements are parsed as they come, so that a long list holds
 * nobody up for as long as it takes to parse it.
 */
export class ListReader {
  readonly values: unknown[] = [];
  #state: State = 'start';
  /** Bytes behind the last comma of the list itself. */
  #rest: Buffer[] = [];
  #depth = 0;
  #inString = false;
  #escaped = false;
  #afterComma = false;

  /** @throws {Error} what it is instead of a list */
  add(chunk: Buffer): void {
    let start = 0;
    if (this.#state === 'start') {
      while (start < chunk.length && isSpace(chunk[start]!)) start++;
      if (start === chunk.length) return;
      this.#state = chunk[start] === OPEN_LIST ? 'list' : 'other';
      if (this.#state === 'list') start++;
    }
    if (this.#state === 'other') this.#rest.push(chunk);
    else if (this.#state === 'list') this.#read(chunk, start);
    else if (!isBlank(chunk, start)) throw new Error(NO_JSON);
  }

  /** Nothing more comes. @throws {Error} what it is instead of a list */
  end(): readonly unknown[] {
    if (this.#state === 'done') return this.values;
    if (this.#state !== 'other') throw new Error(NO_JSON);
    // Go writes an empty list that was never made as null.
    if (parsed(Buffer.concat(this.#rest).toString()) !== null) throw new Error(NO_LIST);
    return [];
  }

  #read(chunk: Buffer, start: number): void {
    let comma = -1;
    for (let at = start; at < chunk.length; at++) {
      const byte = chunk[at]!;
      if (this.#inString) {
        if (this.#escaped) this.#escaped = false;
        else if (byte === BACKSLASH) this.#escaped = true;
        else if (byte === QUOTE) this.#inString = false;
      } else if (byte === QUOTE) this.#inString = true;
      else if (byte === OPEN_LIST || byte === OPEN_OBJECT) this.#depth++;
      else if (byte === COMMA && this.#depth === 0) comma = at;
      else if (byte === CLOSE_LIST && this.#depth === 0) {
        this.#finish(chunk, start, at);
        return;
      } else if (byte === CLOSE_LIST || byte === CLOSE_OBJECT) this.#depth--;
    }
    if (comma >= 0) {
      this.#take(chunk.subarray(start, comma));
      this.#afterComma = true;
      this.#rest.push(chunk.subarray(comma + 1));
    } else this.#rest.push(chunk.subarray(start));
  }

  #finish(chunk: Buffer, start: number, end: number): void {
    this.#take(chunk.subarray(start, end), !this.#afterComma);
    this.#state = 'done';
    if (!isBlank(chunk, end + 1)) throw new Error(NO_JSON);
  }

  /** The elements in the rest and this. `mayBeEmpty`: there need not be any. */
  #take(bytes: Buffer, mayBeEmpty = false): void {
    const text = Buffer.concat([...this.#rest, bytes]).toString();
    this.#rest = [];
    const values = parsed(`[${text}]`) as readonly unknown[];
    if (values.length === 0 && !mayBeEmpty) throw new Error(NO_JSON);
    for (const value of values) this.values.push(value);
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error(NO_JSON);
  }
}

function isBlank(bytes: Buffer, start: number): boolean {
  for (let at = start; at < bytes.length; at++) if (!isSpace(bytes[at]!)) return false;
  return true;
}

function isSpace(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}
