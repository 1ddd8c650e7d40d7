import { type BodySender, ChunkedDecoder } from './chunked-decoder.ts';
import type { Fault } from './fault.ts';
import { type BodyLength, CHUNKED, UNTIL_CLOSE } from './framing.ts';
import type { Head } from './head.ts';
import type { HeadLimits } from './head-limits.ts';
import { FAULT, MORE } from './head-parser.ts';

type State = 'length' | 'chunked' | 'until-close' | 'done';

/** Finds where a message's body lies in what is read and where it ends, however it is delimited. */
export class BodyReader {
  /** Where the body's bytes lie after `read`. */
  dataStart = 0;
  dataEnd = 0;
  readonly #limits: HeadLimits;
  readonly #decoder: ChunkedDecoder;
  #state: State = 'done';
  #left = 0;

  /** `limits` bound a trailer section. */
  constructor(limits: HeadLimits, sender: BodySender) {
    this.#limits = limits;
    this.#decoder = new ChunkedDecoder(sender);
  }

  get isDone(): boolean {
    return this.#state === 'done';
  }

  /** Whether the end of the connection is the end of the body. */
  get endsWithConnection(): boolean {
    return this.#state === 'until-close';
  }

  /** Set when `read` answered `FAULT`. */
  get fault(): Fault {
    return this.#decoder.fault;
  }

  /** Bytes that an unfinished trailer section takes. */
  get heldBytes(): number {
    return this.#decoder.heldBytes;
  }

  get trailers(): Head | null {
    return this.#decoder.trailers;
  }

  begin(length: BodyLength): void {
    this.#decoder.reset();
    this.#left = length;
    if (length === CHUNKED) this.#state = 'chunked';
    else if (length === UNTIL_CLOSE) this.#state = 'until-close';
    else this.#state = length === 0 ? 'done' : 'length';
  }

  /** Takes from `bytes[start, end)` what belongs to the body; answers the offset after it, or `FAULT`. */
  read(bytes: Buffer, start: number, end: number): number {
    this.dataStart = start;
    this.dataEnd = start;
    switch (this.#state) {
      case 'length': {
        const stop = Math.min(end, start + this.#left);
        this.#left -= stop - start;
        this.dataEnd = stop;
        if (this.#left === 0) this.#state = 'done';
        return stop;
      }
      case 'chunked': {
        const next = this.#decoder.decode(bytes, start, end, this.#limits);
        if (next === FAULT) return FAULT;
        this.dataStart = this.#decoder.dataStart;
        this.dataEnd = this.#decoder.dataEnd;
        if (next === MORE) return end;
        this.#state = 'done';
        return next;
      }
      case 'until-close':
        this.dataEnd = end;
        return end;
      case 'done':
        return start;
    }
  }
}
