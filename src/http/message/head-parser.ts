import { CLASS, COLON, CR, DIGIT, HTAB, LF, PLAIN, SP, TARGET, TOKEN, VALUE } from './character.ts';
import {
  BAD_FIELD_NAME,
  BAD_FIELD_VALUE,
  BAD_METHOD,
  BAD_START,
  BAD_STATUS_LINE,
  BAD_TARGET,
  BAD_VERSION,
  BARE_LINE_END,
  type Fault,
  FOLDED_LINE,
  HEAD_TOO_LARGE,
  LOOKALIKE_NAME,
  TARGET_TOO_LONG,
  TOO_MANY_FIELDS,
} from './fault.ts';
import { identify, LOOKALIKE, OTHER } from './field-name.ts';
import { CANONICAL, Head } from './head.ts';
import { type HeadLimits, TOLD_BYTES } from './head-limits.ts';
import {
  BEFORE,
  BEFORE_LF,
  END_LF,
  FIELD_START,
  FIRST_STATE,
  type HeadKind,
  IN_TARGET,
  IN_VALUE,
  METHOD,
  NAME,
  OWS,
  REASON,
  START_LF,
  STATUS_CODE,
  STATUS_VERSION,
  VALUE_LF,
  VERSION,
} from './head-state.ts';
import { HeldPieces } from './held-pieces.ts';
import { minorVersionAt, VERSION_LENGTH } from './http-version.ts';

/** Empty lines skipped before a request line (RFC 9112 §2.2 asks for at least one). */
const MAX_EMPTY_LINES = 4;
const LONGEST_METHOD = 64;

const ZERO = 0x30;

/** Answers of `HeadParser.parse` that are no offset. */
export const MORE = -1;
export const FAULT = -2;

/**
 * A push parser for the head of an HTTP/1.1 message. Every byte is looked at once, also when the head arrives
 * in many pieces, and nothing is tolerated that RFC 9112 lets a server refuse. A head that arrives in one
 * piece is read where it lies; otherwise the pieces are gathered here.
 */
export class HeadParser {
  readonly head = new Head();
  /** Set when `parse` answered `FAULT`: why, and which byte was wrong, counted from the head's first. */
  fault: Fault = BAD_START;
  faultAt = 0;
  /** Not to be changed in the middle of a head. */
  limits: HeadLimits;

  /** Of an unfinished head, which whoever gives it up clears. */
  readonly held = new HeldPieces();
  readonly #firstState: number;
  /** What a backend names its headers is its own affair; what a client does may deceive a backend. */
  readonly #refusesLookalikes: boolean;
  #state: number;
  #emptyLines = 0;
  /** Where to go on in the unfinished head, and where the element under way began: offsets from its first byte. */
  #scanned = 0;
  #mark = 0;
  #plain = PLAIN;
  #nameStart = 0;
  #nameEnd = 0;

  constructor(kind: HeadKind, limits: HeadLimits) {
    this.limits = limits;
    this.#firstState = FIRST_STATE[kind];
    this.#refusesLookalikes = kind === 'request' || kind === 'trailers';
    this.#state = this.#firstState;
  }

  /** Whether bytes of a head that is not complete are held. */
  get unfinished(): boolean {
    return this.held.length > 0;
  }

  /** Whether that head is more than the empty lines before it (RFC 9112 §2.2): some clients send one behind a body. */
  get begun(): boolean {
    return this.#state > BEFORE_LF;
  }

  /**
   * Reads from `chunk[start, end)`. Answers the offset after the head when it is complete, `MORE` when all
   * was taken and more is needed, `FAULT` when the bytes are no HTTP/1.1 head.
   */
  parse(chunk: Buffer, start: number, end: number): number {
    let bytes = chunk;
    let base = start;
    let limit = end;
    const held = this.held;
    const heldBefore = held.length;
    if (heldBefore > 0) {
      held.add(chunk, start, end, this.limits.bytes + 1);
      limit = held.length;
      bytes = held.bytes;
      base = 0;
    }
    const result = this.#scan(bytes, base, limit);
    if (result >= 0) {
      const head = this.head;
      head.text = bytes.toString('latin1', base, result);
      this.restart();
      return heldBefore > 0 ? start + (result - heldBefore) : result;
    }
    if (result === FAULT) this.head.text = bytes.toString('latin1', base, Math.min(limit, base + TOLD_BYTES));
    if (result === MORE && heldBefore === 0) held.add(chunk, start, end, this.limits.bytes + 1);
    return result;
  }

  /** Lets go of the last head's text, which may be large, until the next one. */
  release(): void {
    this.head.reset();
  }

  /** Forgets what there is of a head. */
  restart(): void {
    this.#state = this.#firstState;
    this.#emptyLines = 0;
    if (this.held.length > 0) this.held.clear();
    this.#scanned = 0;
    this.#mark = 0;
  }

  #fail(fault: Fault, at: number): typeof FAULT {
    this.fault = fault;
    this.faultAt = at;
    return FAULT;
  }

  /** Where a line has neither ended nor gone on as it may. */
  #misended(byte: number, fault: Fault, at: number): typeof FAULT {
    return this.#fail(byte === LF ? BARE_LINE_END : fault, at);
  }

  /** The machine itself: `bytes[base, end)` is the head from its first byte on. */
  #scan(bytes: Buffer, base: number, end: number): number {
    const limits = this.limits;
    const head = this.head;
    const last = end - base > limits.bytes ? base + limits.bytes : end;
    // A local name for the table: in the loops below V8 then keeps it in a register.
    const classes = CLASS;
    let state = this.#state;
    let pos = base + this.#scanned;
    let mark = base + this.#mark;
    if (pos === base) {
      head.reset();
      this.#plain = PLAIN;
    }

    while (pos < last) {
      switch (state) {
        case BEFORE:
          if (bytes[pos] === CR) {
            if (++this.#emptyLines > MAX_EMPTY_LINES) return this.#fail(BAD_START, pos - base);
            state = BEFORE_LF;
            pos++;
            break;
          }
          mark = pos;
          head.methodStart = pos - base;
          state = METHOD;
          break;

        case BEFORE_LF:
          if (bytes[pos] !== LF) return this.#fail(BARE_LINE_END, pos - base);
          pos++;
          state = BEFORE;
          break;

        case METHOD:
          while (pos < last && classes[bytes[pos]!]! & TOKEN) pos++;
          if (pos - mark > LONGEST_METHOD) return this.#fail(BAD_METHOD, pos - base);
          if (pos === last) break;
          if (bytes[pos] !== SP || pos === mark) return this.#fail(BAD_METHOD, pos - base);
          head.methodEnd = pos - base;
          pos++;
          mark = pos;
          state = IN_TARGET;
          break;

        case IN_TARGET:
          pos = this.#skip(bytes, pos, last, TARGET);
          if (pos - mark > limits.target) return this.#fail(TARGET_TOO_LONG, mark - base + limits.target);
          if (pos === last) break;
          if (bytes[pos] !== SP || pos === mark) return this.#fail(BAD_TARGET, pos - base);
          head.targetStart = mark - base;
          head.targetEnd = pos - base;
          pos++;
          mark = pos;
          state = VERSION;
          break;

        case VERSION:
          if (pos - mark < VERSION_LENGTH) {
            if (last - mark < VERSION_LENGTH) {
              // A version without CR behind it yet may still be wrong already; it is judged when complete.
              pos = last;
              break;
            }
            pos = mark + VERSION_LENGTH;
          }
          head.minorVersion = minorVersionAt(bytes, mark);
          if (head.minorVersion !== 1 && head.minorVersion !== 0) return this.#fail(BAD_VERSION, mark - base);
          if (pos === last) break;
          if (bytes[pos] !== CR) return this.#misended(bytes[pos]!, BAD_VERSION, pos - base);
          pos++;
          state = START_LF;
          break;

        case STATUS_VERSION:
          if (last - mark <= VERSION_LENGTH) {
            pos = last;
            break;
          }
          // RFC 9110 §2.5: a higher minor version is read as the highest one known.
          head.minorVersion = minorVersionAt(bytes, mark);
          if (head.minorVersion < 0) return this.#fail(BAD_STATUS_LINE, mark - base);
          pos = mark + VERSION_LENGTH;
          if (bytes[pos] !== SP) return this.#fail(BAD_STATUS_LINE, pos - base);
          pos++;
          mark = pos;
          state = STATUS_CODE;
          break;

        case STATUS_CODE:
          if (last - mark < 4) {
            pos = last;
            break;
          }
          pos = mark;
          for (let digits = 0; digits < 3; digits++, pos++) {
            if ((classes[bytes[pos]!]! & DIGIT) === 0) return this.#fail(BAD_STATUS_LINE, pos - base);
          }
          head.status =
            (bytes[mark]! - ZERO) * 100 + (bytes[mark + 1]! - ZERO) * 10 + (bytes[mark + 2]! - ZERO);
          if (head.status < 100) return this.#fail(BAD_STATUS_LINE, pos - base);
          // RFC 9112 §4 wants the space even before an empty reason; servers that leave it out are common.
          if (bytes[pos] === SP) pos++;
          else if (bytes[pos] !== CR) return this.#misended(bytes[pos]!, BAD_STATUS_LINE, pos - base);
          mark = pos;
          head.reasonStart = pos - base;
          state = REASON;
          break;

        case REASON:
          pos = this.#skip(bytes, pos, last, VALUE);
          if (pos === last) break;
          if (bytes[pos] !== CR) return this.#misended(bytes[pos]!, BAD_STATUS_LINE, pos - base);
          head.reasonEnd = pos - base;
          pos++;
          state = START_LF;
          break;

        case START_LF:
          if (bytes[pos] !== LF) return this.#fail(BARE_LINE_END, pos - base);
          pos++;
          mark = pos;
          state = FIELD_START;
          break;

        case FIELD_START: {
          pos = this.#takeLines(bytes, base, pos, last);
          mark = pos;
          if (pos === last) break;
          const byte = bytes[pos]!;
          if (byte === CR) {
            pos++;
            state = END_LF;
            break;
          }
          if (byte === SP || byte === HTAB) return this.#fail(FOLDED_LINE, pos - base);
          if (head.count === limits.fields) return this.#fail(TOO_MANY_FIELDS, pos - base);
          state = NAME;
          break;
        }

        case NAME:
          while (pos < last && classes[bytes[pos]!]! & TOKEN) pos++;
          if (pos === last) break;
          if (bytes[pos] !== COLON || pos === mark)
            return this.#misended(bytes[pos]!, BAD_FIELD_NAME, pos - base);
          this.#nameStart = mark - base;
          this.#nameEnd = pos - base;
          pos++;
          state = OWS;
          break;

        case OWS:
          while (pos < last && (bytes[pos] === SP || bytes[pos] === HTAB)) pos++;
          if (pos === last) break;
          mark = pos;
          state = IN_VALUE;
          break;

        case IN_VALUE:
          pos = this.#skip(bytes, pos, last, VALUE);
          if (pos === last) break;
          if (bytes[pos] !== CR) return this.#misended(bytes[pos]!, BAD_FIELD_VALUE, pos - base);
          if (!this.#endField(bytes, base, mark, pos)) return this.#fail(LOOKALIKE_NAME, this.#nameStart);
          pos++;
          state = VALUE_LF;
          break;

        case VALUE_LF:
          if (bytes[pos] !== LF) return this.#fail(BARE_LINE_END, pos - base);
          pos++;
          mark = pos;
          state = FIELD_START;
          break;

        case END_LF:
          if (bytes[pos] !== LF) return this.#fail(BARE_LINE_END, pos - base);
          head.plain = this.#plain !== 0;
          return pos + 1;
      }
    }
    if (last - base === limits.bytes) return this.#fail(HEAD_TOO_LARGE, pos - base);
    this.#state = state;
    this.#scanned = pos - base;
    this.#mark = mark - base;
    return MORE;
  }

  /** Passes over bytes of one class; answers where they end. */
  #skip(bytes: Buffer, pos: number, last: number, wanted: number): number {
    const classes = CLASS;
    let plain = this.#plain;
    for (; pos < last; pos++) {
      const bits = classes[bytes[pos]!]!;
      if ((bits & wanted) === 0) break;
      plain &= bits;
    }
    this.#plain = plain;
    return pos;
  }

  /**
   * The fast way over header lines that are all there and in order, which is nearly always all of them. Stops
   * at the first line that is anything else and leaves it to the machine. Answers where it stopped.
   */
  #takeLines(bytes: Buffer, base: number, pos: number, last: number): number {
    const { head } = this;
    const { fields: limit } = this.limits;
    const classes = CLASS;
    let plain = this.#plain;
    while (head.count < limit) {
      let at = pos;
      while (at < last && classes[bytes[at]!]! & TOKEN) at++;
      if (at === pos || at === last || bytes[at] !== COLON) break;
      const nameEnd = at++;
      while (at < last && (bytes[at] === SP || bytes[at] === HTAB)) at++;
      const valueStart = at;
      let bits = plain;
      for (; at < last; at++) {
        const byteClass = classes[bytes[at]!]!;
        if ((byteClass & VALUE) === 0) break;
        bits &= byteClass;
      }
      if (at + 1 >= last || bytes[at] !== CR || bytes[at + 1] !== LF) break;
      this.#nameStart = pos - base;
      this.#nameEnd = nameEnd - base;
      if (!this.#endField(bytes, base, valueStart, at)) break;
      plain = bits;
      pos = at + 2;
    }
    this.#plain = plain;
    return pos;
  }

  #endField(bytes: Buffer, base: number, valueStart: number, lineEnd: number): boolean {
    let valueEnd = lineEnd;
    while (valueEnd > valueStart && (bytes[valueEnd - 1] === SP || bytes[valueEnd - 1] === HTAB)) valueEnd--;
    const nameStart = this.#nameStart;
    const nameEnd = this.#nameEnd;
    let id = identify(bytes, base + nameStart, base + nameEnd);
    if (id === LOOKALIKE) {
      if (this.#refusesLookalikes) return false;
      id = OTHER;
    }
    const start = valueStart - base;
    const canonical = valueEnd === lineEnd && start === nameEnd + 2 && bytes[valueStart - 1] === SP;
    this.head.addField(nameStart, nameEnd, start, valueEnd - base, canonical ? id | CANONICAL : id);
    return true;
  }
}
