/** Bytes; places of records are counted in these. */
export const RECORD_UNIT = 16;
/** Before the text of a record stands its length in bytes. */
export const LENGTH_BYTES = 4;
/** Bytes of address space set aside; only what is in use takes memory. */
const MOST_BYTES = 2 ** 30;

/**
 * The packed endpoints, once for all threads. The control thread writes (`RecordStore`); what is written is not
 * touched again while a replica may know its place.
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

/** A thread's view of the records. */
export class RecordReader {
  readonly #memory: SharedArrayBuffer;
  #bytes: Buffer;

  constructor({ records }: RecordBuffers) {
    this.#memory = records;
    this.#bytes = Buffer.from(records);
  }

  /** The text at a place that a change named. */
  read(record: number): string {
    const at = record * RECORD_UNIT;
    if (at >= this.#bytes.length) this.#bytes = Buffer.from(this.#memory);
    const start = at + LENGTH_BYTES;
    return this.#bytes.toString('utf8', start, start + this.#bytes.readUInt32LE(at));
  }
}
