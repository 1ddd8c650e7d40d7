import { RouteHash } from './route-hash.ts';
import { RowHashes } from './row-hashes.ts';

const SLASH = 0x2f;
const STAR = 0x2a;
const DOT = 0x2e;
/** Where a host is written: before it there is room for the star of a wildcard. */
const HOST_AT = 1;
const FIRST_ROOM = 512;
const LAST_ASCII = 0x7f;

/** In place of a row. */
export const NO_ROW = -1;

/** What the table asks of the routes that it finds. */
export interface TableRows {
  /** Place of the key, in the normal form of `routeKey`. */
  keyOf(row: number): number;
  isEmpty(row: number): boolean;
}

/** Where the keys are. */
export interface TableKeys {
  lengthOf(record: number): number;
  copy(record: number, target: Uint8Array): number;
  isText(record: number, bytes: Uint8Array, from: number, to: number): boolean;
}

/** Hears of each key that is looked for, in turn, and of the row there is; NO_ROW: none. */
export interface MatchObserver {
  looked(key: string, row: number): void;
}

/**
 * Finds the row that is kept for a host and path as gorouter does (docs/compatibility.md §2.2): the exact host before `*.parent`
 * before `*.grandparent`; under one host the longest registered path, on whole segments.
 */
export class RouteTable {
  readonly #rows: TableRows;
  readonly #keys: TableKeys;
  readonly #hash = new RouteHash();
  readonly #hashes = new RowHashes();
  /** What is looked for, in UTF-8, so that each byte is looked at once however many routes may match. */
  #bytes = new Uint8Array(FIRST_ROOM);
  /** Whether keys go on behind what was looked for last. */
  #goesOn = false;

  constructor(rows: TableRows, keys: TableKeys) {
    this.#rows = rows;
    this.#keys = keys;
  }

  /** No other row has the same key. */
  add(row: number): void {
    const hashes = this.#hashes;
    const length = this.#read(this.#rows.keyOf(row));
    const hash = this.#walk(length, (prefix) => hashes.addPrefix(prefix));
    hashes.addRow(hash, row);
  }

  /** Its key is still where it was when it was added. */
  remove(row: number): void {
    const hashes = this.#hashes;
    const length = this.#read(this.#rows.keyOf(row));
    const hash = this.#walk(length, (prefix) => hashes.removePrefix(prefix));
    hashes.removeRow(hash, row);
  }

  /** The row with exactly this key; NO_ROW when there is none. */
  find(key: string): number {
    const length = this.#write(key, 0);
    return this.#find(
      this.#walk(length, () => {}),
      0,
      length,
    );
  }

  /**
   * `host` without port, lower case; `path` of `escapedPath`: nothing in it is beyond ASCII. Answers the route's row, also
   * when it is empty: known but without endpoints; NO_ROW when there is no such route. Only who wants to explain it
   * observes.
   */
  match(host: string, path: string, observer: MatchObserver | null = null): number {
    const end = this.#write(host, HOST_AT);
    for (let start = HOST_AT; ; ) {
      const row = this.#matchUnder(start, end, path, observer);
      if (row !== NO_ROW) return row;
      const bytes = this.#bytes;
      let dot = bytes[start] === STAR && bytes[start + 1] === DOT ? start + 2 : start;
      while (dot < end && bytes[dot] !== DOT) dot++;
      if (dot >= end) return NO_ROW;
      start = dot - 1;
      bytes[start] = STAR;
    }
  }

  /** The route of the longest path that has endpoints; failing that, an empty one exactly where the walk stops. */
  #matchUnder(start: number, end: number, path: string, observer: MatchObserver | null): number {
    let hash = this.#hash.of(this.#bytes, start, end, 0);
    let row = this.#find(hash, start, end);
    if (observer !== null) observer.looked(this.#textOf(start, end), row);
    if (!this.#goesOn || path === '/') return row;
    let found = row === NO_ROW || this.#rows.isEmpty(row) ? NO_ROW : row;
    const last = path.endsWith('/') ? path.length - 1 : path.length;
    this.#reserve(end + path.length);
    const bytes = this.#bytes;
    for (let at = 1, stop = end; at <= last && this.#goesOn; at++) {
      bytes[stop++] = SLASH;
      const segment = stop;
      for (let code = 0; at < last; at++) {
        code = path.charCodeAt(at);
        if (code === SLASH) break;
        bytes[stop++] = code >= 0x41 && code <= 0x5a ? code | 0x20 : code;
      }
      hash = this.#hash.of(bytes, segment, stop, hash);
      const next = this.#find(hash, start, stop);
      if (observer !== null) observer.looked(this.#textOf(start, stop), next);
      if (next === NO_ROW && !this.#goesOn) break;
      row = next;
      if (row !== NO_ROW && !this.#rows.isEmpty(row)) found = row;
    }
    return found === NO_ROW ? row : found;
  }

  #find(hash: number, start: number, end: number): number {
    const hashes = this.#hashes;
    let row = NO_ROW;
    this.#goesOn = false;
    for (let cell = hashes.first(hash); ; cell = hashes.after(cell)) {
      const reference = hashes.referenceAt(cell);
      if (reference === 0) return row;
      if (hashes.hashAt(cell) !== hash) continue;
      if (reference < 0) this.#goesOn = true;
      else if (this.#keys.isText(this.#rows.keyOf(reference - 1), this.#bytes, start, end))
        row = reference - 1;
    }
  }

  /** Answers where it ends. */
  #write(text: string, start: number): number {
    this.#reserve(start + text.length);
    const bytes = this.#bytes;
    let seen = 0;
    for (let at = 0; at < text.length; at++) {
      const code = text.charCodeAt(at);
      seen |= code;
      bytes[start + at] = code;
    }
    if (seen <= LAST_ASCII) return start + text.length;
    const written = Buffer.from(text);
    this.#reserve(start + written.length);
    this.#bytes.set(written, start);
    return start + written.length;
  }

  /** Copies a key to the beginning of the bytes; answers its length. */
  #read(key: number): number {
    this.#reserve(this.#keys.lengthOf(key));
    return this.#keys.copy(key, this.#bytes);
  }

  /** Tells of the hash of every prefix, on whole segments, of the key at the beginning; answers that of the key. */
  #walk(length: number, onPrefix: (hash: number) => void): number {
    const bytes = this.#bytes;
    let hash = 0;
    let from = 0;
    for (let at = 0; at < length; at++) {
      if (bytes[at] !== SLASH) continue;
      hash = this.#hash.of(bytes, from, at, hash);
      onPrefix(hash);
      from = at + 1;
    }
    return this.#hash.of(bytes, from, length, hash);
  }

  #textOf(start: number, end: number): string {
    return Buffer.from(this.#bytes.subarray(start, end)).toString();
  }

  #reserve(length: number): void {
    if (length <= this.#bytes.length) return;
    const larger = new Uint8Array(2 * length);
    larger.set(this.#bytes);
    this.#bytes = larger;
  }
}
