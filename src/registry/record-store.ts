import {
  LENGTH_BYTES,
  RECORD_UNIT,
  type RecordBuffers,
  RecordReader,
  whole,
} from '../routing/record-memory.ts';
import type { Epochs } from './epochs.ts';
import { Limbo } from './limbo.ts';

/** The memory grows by at least so many bytes at once. */
const GROWTH = 1 << 20;

/**
 * The control thread's side of the records. A place is used again only after every thread has applied the batch of
 * changes in which its record went: until then a replica may still read it.
 */
export class RecordStore {
  readonly #memory: SharedArrayBuffer;
  readonly reader: RecordReader;
  #bytes: Buffer;
  /** Units in use or freed; behind them is what was never used. */
  #end = 0;
  /** Places to use again, by their size in units. */
  readonly #free = new Map<number, number[]>();
  readonly #limbo: Limbo<number>;

  constructor(buffers: RecordBuffers, epochs: Epochs) {
    this.#memory = buffers.records;
    this.reader = new RecordReader(buffers);
    this.#bytes = whole(this.#memory);
    this.#limbo = new Limbo(epochs, (record) => this.#reclaim(record));
  }

  /** Bytes from the first to the last place there is. */
  get size(): number {
    return this.#end * RECORD_UNIT;
  }

  /** The place of a record with this text; `full` when there is no memory for it. */
  put(text: string): number | 'full' {
    const length = Buffer.byteLength(text);
    const units = unitsOf(length);
    const record = this.#free.get(units)?.pop() ?? this.#fresh(units);
    if (record === 'full') return record;
    const at = record * RECORD_UNIT;
    this.#bytes.writeUInt32LE(length, at);
    this.#bytes.write(text, at + LENGTH_BYTES, length, 'utf8');
    return record;
  }

  read(record: number): string {
    return this.reader.read(record);
  }

  free(record: number): void {
    this.#limbo.add(record);
  }

  #fresh(units: number): number | 'full' {
    const record = this.#end;
    const needed = (record + units) * RECORD_UNIT;
    if (needed > this.#bytes.length && !this.#grow(needed)) return 'full';
    this.#end += units;
    return record;
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

  #reclaim(record: number): boolean {
    const units = unitsOf(this.#bytes.readUInt32LE(record * RECORD_UNIT));
    const places = this.#free.get(units);
    if (places === undefined) this.#free.set(units, [record]);
    else places.push(record);
    return true;
  }
}

function unitsOf(length: number): number {
  return Math.ceil((LENGTH_BYTES + length) / RECORD_UNIT);
}
