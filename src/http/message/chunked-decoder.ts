import { CLASS, CR, HEX, HTAB, LF, SEMICOLON, SP, VALUE } from './character.ts';
import { BAD_CHUNK_END, BAD_CHUNK_EXTENSION, BAD_CHUNK_SIZE, CHUNK_OVERHEAD, type Fault } from './fault.ts';
import type { Head } from './head.ts';
import type { HeadLimits } from './head-limits.ts';
import { FAULT, HeadParser, MORE } from './head-parser.ts';

/** Digits of one chunk size, leading zeros included. 13 of them reach 2^52, all that a number holds exactly. */
const MAX_SIZE_DIGITS = 16;
/**
 * Bytes behind the size in one line, and in one body beyond what its data account for; they carry nothing, and where
 * they are many they are an attack (CVE-2023-39326). Go's bounds: a body of signed chunks may be as long as it wants.
 */
const MAX_EXTENSION_BYTES = 16 * 1024;
const FREE_BYTES_PER_CHUNK = 16;
const FREE_BYTES_PER_BYTE = 2;

const SIZE_START = 0;
const SIZE = 1;
const EXTENSION = 2;
const SIZE_LF = 3;
const DATA = 4;
const DATA_CR = 5;
const DATA_LF = 6;
const TRAILERS = 7;
const PADDING = 8;

/** Whose body it is: a client's is refused at the least doubt, an application's is read as Go, HAProxy and nginx read it. */
export type BodySender = 'client' | 'application';

/**
 * Decodes a chunked body (RFC 9112 §7.1) in place: after `decode` the body bytes of that piece lie together in
 * `[dataStart, dataEnd)` of the same buffer, so that a body of many small chunks goes on as one.
 */
export class ChunkedDecoder {
  dataStart = 0;
  dataEnd = 0;
  /** Set when `decode` answered `FAULT`. */
  fault: Fault = BAD_CHUNK_SIZE;

  readonly #isLenient: boolean;
  readonly #trailerKind: 'trailers' | 'response-trailers';
  #state = SIZE_START;
  #digits = 0;
  /** Of the chunk under way: its size, then the bytes still to come. */
  #left = 0;
  /** Of the line under way, behind its size. */
  #extensionBytes = 0;
  /** Of the lines before, as far as data do not account for them. */
  #excessBytes = 0;
  #trailers: HeadParser | null = null;

  constructor(sender: BodySender) {
    this.#isLenient = sender === 'application';
    this.#trailerKind = sender === 'application' ? 'response-trailers' : 'trailers';
  }

  /** The trailer section, once `decode` has answered with the end; `null` when it was empty. */
  get trailers(): Head | null {
    const head = this.#trailers?.head;
    return head !== undefined && head.count > 0 ? head : null;
  }

  /** Bytes that an unfinished trailer section takes. */
  get heldBytes(): number {
    return this.#trailers?.held.capacity ?? 0;
  }

  reset(): void {
    this.#state = SIZE_START;
    this.#digits = 0;
    this.#left = 0;
    this.#extensionBytes = 0;
    this.#excessBytes = 0;
    this.#trailers = null;
    this.dataStart = 0;
    this.dataEnd = 0;
  }

  /** Answers the offset after the body when it is complete, `MORE`, or `FAULT`. */
  decode(bytes: Buffer, start: number, end: number, limits: HeadLimits): number {
    let pos = start;
    let state = this.#state;
    this.dataStart = start;
    this.dataEnd = start;

    while (pos < end) {
      switch (state) {
        case SIZE_START:
          this.#digits = 0;
          this.#left = 0;
          state = SIZE;
          break;

        case SIZE: {
          const byte = bytes[pos]!;
          if (CLASS[byte]! & HEX) {
            if (++this.#digits > MAX_SIZE_DIGITS) return this.#fail(BAD_CHUNK_SIZE);
            this.#left = this.#left * 16 + hexValue(byte);
            if (this.#left > Number.MAX_SAFE_INTEGER) return this.#fail(BAD_CHUNK_SIZE);
          } else if (this.#digits === 0) {
            return this.#fail(BAD_CHUNK_SIZE);
          } else if (byte === CR) {
            state = SIZE_LF;
          } else if (byte === SEMICOLON) {
            state = EXTENSION;
          } else if (this.#isLenient && (byte === SP || byte === HTAB)) {
            // Servers that fill a field of fixed width put blanks behind the size.
            state = PADDING;
            break;
          } else {
            return this.#fail(BAD_CHUNK_SIZE);
          }
          pos++;
          break;
        }

        case PADDING: {
          const from = pos;
          while (pos < end && (bytes[pos] === SP || bytes[pos] === HTAB)) pos++;
          this.#extensionBytes += pos - from;
          if (this.#extensionBytes > MAX_EXTENSION_BYTES) return this.#fail(CHUNK_OVERHEAD);
          if (pos === end) break;
          if (bytes[pos] === SEMICOLON) state = EXTENSION;
          else if (bytes[pos] === CR) state = SIZE_LF;
          else return this.#fail(BAD_CHUNK_SIZE);
          pos++;
          break;
        }

        case EXTENSION: {
          const from = pos;
          while (pos < end && CLASS[bytes[pos]!]! & VALUE) pos++;
          this.#extensionBytes += pos - from;
          if (this.#extensionBytes > MAX_EXTENSION_BYTES) return this.#fail(CHUNK_OVERHEAD);
          if (pos === end) break;
          if (bytes[pos] !== CR) return this.#fail(BAD_CHUNK_EXTENSION);
          pos++;
          state = SIZE_LF;
          break;
        }

        case SIZE_LF:
          if (bytes[pos] !== LF) return this.#fail(BAD_CHUNK_SIZE);
          if (!this.#accountForLine()) return this.#fail(CHUNK_OVERHEAD);
          pos++;
          state = this.#left > 0 ? DATA : TRAILERS;
          break;

        case DATA: {
          const length = Math.min(this.#left, end - pos);
          if (this.dataEnd === this.dataStart) this.dataStart = pos;
          else bytes.copyWithin(this.dataEnd, pos, pos + length);
          this.dataEnd = Math.max(this.dataEnd, this.dataStart) + length;
          this.#left -= length;
          pos += length;
          if (this.#left === 0) state = DATA_CR;
          break;
        }

        case DATA_CR:
          if (bytes[pos] !== CR) return this.#fail(BAD_CHUNK_END);
          pos++;
          state = DATA_LF;
          break;

        case DATA_LF:
          if (bytes[pos] !== LF) return this.#fail(BAD_CHUNK_END);
          pos++;
          state = SIZE_START;
          break;

        case TRAILERS: {
          if (this.#trailers === null && bytes[pos] === CR && pos + 1 < end && bytes[pos + 1] === LF) {
            // Nearly always: no section, and a parser would be made for nothing.
            this.#state = state;
            return pos + 2;
          }
          this.#trailers ??= new HeadParser(this.#trailerKind, limits);
          const parser = this.#trailers;
          const next = parser.parse(bytes, pos, end);
          this.#state = state;
          if (next === FAULT) return this.#fail(parser.fault);
          return next;
        }
      }
    }
    this.#state = state;
    return MORE;
  }

  #accountForLine(): boolean {
    const free = FREE_BYTES_PER_CHUNK + FREE_BYTES_PER_BYTE * this.#left;
    this.#excessBytes = Math.max(0, this.#excessBytes + this.#extensionBytes - free);
    this.#extensionBytes = 0;
    return this.#excessBytes <= MAX_EXTENSION_BYTES;
  }

  #fail(fault: Fault): typeof FAULT {
    this.fault = fault;
    return FAULT;
  }
}

function hexValue(byte: number): number {
  return byte <= 0x39 ? byte - 0x30 : (byte | 0x20) - 0x57;
}
