import { type BackwardWriter, nanosecondHalves } from './backward-writer.ts';

/** Bytes of a time in nanoseconds, as a number of varying length, from 2001 on until 2262. */
const TIME_BYTES = 9;
/** 2001-09-09, Unix milliseconds. */
export const EARLIEST_MS = 1e12;

/** A value's envelope that was made once: the next one has another time, and another value, at the same places. */
export class ValueEnvelope {
  readonly #bytes: Buffer;
  readonly #unit: string;
  readonly #timeAt: number;
  readonly #valueAt: number;
  readonly #halves = new Uint32Array(2);
  /** Unix milliseconds. */
  #time = -1;

  /** @param envelope as it was written in full, at `EARLIEST_MS` or later */
  constructor(envelope: Buffer, origin: string, unit: string) {
    this.#bytes = Buffer.from(envelope);
    this.#unit = unit;
    // Behind origin and type, each a tag and a byte more, and the tag of the time.
    this.#timeAt = 2 + origin.length + 2 + 1;
    this.#valueAt = envelope.length - (2 + Buffer.byteLength(unit)) - Float64Array.BYTES_PER_ELEMENT;
  }

  suits(unit: string, now: number): boolean {
    return unit === this.#unit && now >= EARLIEST_MS;
  }

  /** True: it fits, as the first one did. */
  write(writer: BackwardWriter, value: number, now: number): true {
    if (now !== this.#time) this.#setTime(now);
    this.#bytes.writeDoubleLE(value, this.#valueAt);
    writer.begin();
    writer.fields(this.#bytes);
    return true;
  }

  #setTime(now: number): void {
    this.#time = now;
    nanosecondHalves(now, this.#halves);
    let [low, high] = [this.#halves[0]!, this.#halves[1]!];
    for (let byte = 0; byte < TIME_BYTES; byte++) {
      this.#bytes[this.#timeAt + byte] = (low & 0x7f) | (byte < TIME_BYTES - 1 ? 0x80 : 0);
      low = ((low >>> 7) | (high << 25)) >>> 0;
      high >>>= 7;
    }
  }
}
