import {
  HEADER_BYTES,
  RECORD_UNIT,
  type RecordBuffers,
  RecordReader,
  SERIAL_AT,
  whole,
} from '../routing/record-memory.ts';
import type { Epochs } from './epochs.ts';
import { Limbo } from './limbo.ts';
import { Places } from './places.ts';

/** The memory grows by at least so many bytes at once. */
const GROWTH = 1 << 20;

/**
 * The control thread's side of the records. A place is used again only after every thread has applied the batch of
 * changes in which its record went: until then a replica may still read it.
 */
export class RecordStore {
  readonly reader: RecordReader;
  readonly #memory: SharedArrayBuffer;
  readonly #epochs: Epochs;
  readonly #places = new Places();
  readonly #limbo: Limbo<number>;
  #bytes: Buffer;
  #serial = 0;

  constructor(buffers: RecordBuffers, epochs: Epochs) {
    this.#memory = buffers.records;
    this.#epochs = epochs;
    this.reader = new RecordReader(buffers);
    this.#bytes = whole(this.#memory);
    this.#limbo = new Limbo(epochs, (record) => {
      this.giveBack(record);
      return true;
    });
  }

  /** Bytes from the first to the last place there is. */
  get size(): number {
    return this.#places.end * RECORD_UNIT;
  }

  /** The place of a record with this text; `full` when there is no memory for it. `before`: ASCII that stands before it. */
  put(text: string, before = ''): number | 'full' {
    const length = before.length + Buffer.byteLength(text);
    const record = this.#place(unitsOf(length));
    if (record === 'full') return record;
    const at = record * RECORD_UNIT;
    this.#serial = (this.#serial + 1) | 0;
    this.#bytes.writeUInt32LE(length, at);
    this.#bytes.writeInt32LE(this.#serial, at + SERIAL_AT);
    const from = at + HEADER_BYTES;
    if (before !== '') this.#bytes.write(before, from, 'latin1');
    this.#bytes.write(text, from + before.length);
    return record;
  }

  read(record: number): string {
    return this.reader.read(record);
  }

  /** Its place may be used again once no thread can read it any more. */
  free(record: number): void {
    this.#limbo.add(record);
  }

  /** At once: no thread has heard of it. */
  giveBack(record: number): void {
    this.#places.give(record, unitsOf(this.#bytes.readUInt32LE(record * RECORD_UNIT)));
  }

  #place(units: number): number | 'full' {
    const free = this.#places.take(units);
    if (free >= 0) return free;
    if (this.#hasRoom(units)) return this.#places.extend(units);
    this.#epochs.sweep();
    const freed = this.#places.take(units);
    if (freed >= 0) return freed;
    return this.#hasRoom(units) ? this.#places.extend(units) : 'full';
  }

  #hasRoom(units: number): boolean {
    const needed = (this.#places.end + units) * RECORD_UNIT;
    return needed <= this.#bytes.length || this.#grow(needed);
  }

  #grow(needed: number): boolean {
    const most = this.#memory.maxByteLength;
    if (needed > most) return false;
    const wanted = Math.min(most, Math.max(needed, this.#bytes.length + GROWTH));
    try {
      this.#memory.grow(wanted);
    } catch {
      return false;
    }
    this.#bytes = whole(this.#memory);
    return true;
  }
}

function unitsOf(length: number): number {
  return Math.ceil((HEADER_BYTES + length) / RECORD_UNIT);
}
