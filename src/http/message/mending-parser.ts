import { BARE_LINE_END, type Fault, FOLDED_LINE, HEAD_TOO_LARGE } from './fault.ts';
import type { Head } from './head.ts';
import type { HeadLimits } from './head-limits.ts';
import { FAULT, HeadParser, MORE } from './head-parser.ts';
import { HeldPieces } from './held-pieces.ts';
import { looseHeadEnd, mendedHead } from './mended-head.ts';

/**
 * Reads the heads of responses over HTTP/1.1 as `HeadParser` does. One that is wrong for its line ends or folded lines
 * is gathered whole, written as it should have been, and then judged like any other; its `oddities` tell. Not for heads
 * that are made of other things than lines: there a line end is no mistake.
 */
export class MendingParser {
  readonly #parser: HeadParser;
  #limits: HeadLimits;
  /** The odd head as far as it has come; `null`: none is under way. */
  #odd: HeldPieces | null = null;
  /** Before it there is no end of the odd head. */
  #searched = 0;
  #fault: Fault | null = null;

  constructor(limits: HeadLimits) {
    this.#limits = limits;
    this.#parser = new HeadParser('response', limits);
  }

  get head(): Head {
    return this.#parser.head;
  }

  /** Set when `parse` answered `FAULT`. */
  get fault(): Fault {
    return this.#fault ?? this.#parser.fault;
  }

  /** Not to be changed in the middle of a head. */
  set limits(limits: HeadLimits) {
    this.#limits = limits;
    this.#parser.limits = limits;
  }

  /** See `HeadParser.parse`. */
  parse(chunk: Buffer, start: number, end: number): number {
    if (this.#odd !== null) return this.#mend(this.#odd, chunk, start, end);
    const parser = this.#parser;
    const before = parser.held.length;
    const result = parser.parse(chunk, start, end);
    if (result !== FAULT || (parser.fault !== BARE_LINE_END && parser.fault !== FOLDED_LINE)) return result;
    const odd = new HeldPieces();
    if (before > 0) odd.add(parser.held.bytes, 0, before, this.#limits.bytes + 1);
    parser.restart();
    this.#odd = odd;
    this.#searched = 0;
    return this.#mend(odd, chunk, start, end);
  }

  /** Lets go of the last head's text, which may be large, until the next one. */
  release(): void {
    this.#parser.release();
  }

  #mend(odd: HeldPieces, chunk: Buffer, start: number, end: number): number {
    const limit = this.#limits.bytes;
    const before = odd.length;
    odd.add(chunk, start, end, limit + 1);
    const bytes = odd.bytes.subarray(0, odd.length);
    const headEnd = looseHeadEnd(bytes, this.#searched);
    // An LF and a CR behind it may be of the end.
    this.#searched = Math.max(0, odd.length - 2);
    if (headEnd < 0 && odd.length < limit) return MORE;
    if (headEnd < 0 || headEnd > limit) {
      this.#fault = HEAD_TOO_LARGE;
      return FAULT;
    }
    this.#odd = null;
    return this.#judge(bytes.toString('latin1', 0, headEnd)) ? start + (headEnd - before) : FAULT;
  }

  #judge(odd: string): boolean {
    const { text, oddities } = mendedHead(odd);
    const bytes = Buffer.from(text, 'latin1');
    const parser = this.#parser;
    // Line ends may have grown.
    parser.limits = { ...this.#limits, bytes: bytes.length + 1 };
    const result = parser.parse(bytes, 0, bytes.length);
    parser.limits = this.#limits;
    parser.head.oddities |= oddities;
    return result === bytes.length;
  }
}
