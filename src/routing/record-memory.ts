/** Bytes; places of records are counted in these. */
export const RECORD_UNIT = 16;
/** Before the text of a record stand its length in bytes and its serial number. */
export const HEADER_BYTES = 8;
export const SERIAL_AT = 4;
/** Bytes of address space set aside; only what is in use takes memory. */
const MOST_BYTES = 2 ** 30;

/**
 * Route keys and packed endpoints, once for all threads. The control thread writes (`RecordStore`); what is written
 * is not touched again while a replica may know its place.
 */
export interface RecordBuffers {
  /** Grows. */
  readonly records: SharedArrayBuffer;
  /** By thread: the last batch of route changes that it has dealt with. */
  readonly applied: SharedArrayBuffer;
}

export function allocateRecords(threads: number, mostBytes: number = MOST_BYTES): RecordBuffers {
  return {
    records: new SharedArrayBuffer(0, { maxByteLength: mostBytes }),
    applied: new SharedArrayBuffer(threads * Int32Array.BYTES_PER_ELEMENT),
  };
}

/** A thread's view of the records. `record` is everywhere a place that a change named. */
export class RecordReader {
  readonly #memory: SharedArrayBuffer;
  #bytes: Buffer;

  constructor({ records }: RecordBuffers) {
    this.#memory = records;
    this.#bytes = whole(records);
  }

  read(record: number): string {
    const start = this.#startOf(record);
    return this.#bytes.toString('utf8', start, start + this.#lengthBefore(start));
  }

  /** Another one whenever the place is written to: it tells a record from what had its place before. */
  serialOf(record: number): number {
    const start = this.#startOf(record);
    return this.#bytes.readInt32LE(start - HEADER_BYTES + SERIAL_AT);
  }

  /** In bytes of UTF-8. */
  lengthOf(record: number): number {
    return this.#lengthBefore(this.#startOf(record));
  }

  /** Copies the text to the beginning of `target`, which must have room for it; answers its length. */
  copy(record: number, target: Uint8Array): number {
    const start = this.#startOf(record);
    const length = this.#lengthBefore(start);
    this.#bytes.copy(target, 0, start, start + length);
    return length;
  }

  /** Whether the text is what stands in `bytes` between these two places. */
  isText(record: number, bytes: Uint8Array, from: number, to: number): boolean {
    const start = this.#startOf(record);
    if (this.#lengthBefore(start) !== to - from) return false;
    const memory = this.#bytes;
    for (let at = from, other = start; at < to; at++, other++) {
      if (bytes[at] !== memory[other]) return false;
    }
    return true;
  }

  #startOf(record: number): number {
    const start = record * RECORD_UNIT + HEADER_BYTES;
    const known = this.#bytes.length;
    // The end of a record may lie in memory that its beginning does not.
    if (start > known || start + this.#lengthBefore(start) > known) this.#bytes = whole(this.#memory);
    return start;
  }

  #lengthBefore(start: number): number {
    return this.#bytes.readUInt32LE(start - HEADER_BYTES);
  }
}

/** As it is now: a view that grows with its memory is many times slower. */
export function whole(memory: SharedArrayBuffer): Buffer {
  return Buffer.from(memory, 0, memory.byteLength);
}
