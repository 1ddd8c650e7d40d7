import {
  LENGTH_BYTES,
  RECORD_UNIT,
  type RecordBuffers,
  RecordReader,
  whole,
} from '../routing/record-memory.ts';

/** The memory grows by at least so many bytes at once. */
const GROWTH = 1 << 20;

/**
 * The control thread's side of the records. A place is used again only after every thread has applied the batch of
 * changes in which its record went: until then a replica may still read it.
 */
export class RecordStore {
  /** Number of the batch that changes made now belong to. */
  epoch = 0;
  readonly #memory: SharedArrayBuffer;
  readonly #applied: Int32Array;
  readonly reader: RecordReader;
  #bytes: Buffer;
  /** Units in use or freed; behind them is what was never used. */
  #end = 0;
  /** Places to use again, by their size in units. */
  readonly #free = new Map<number, number[]>();
  /** Places and the epochs they were freed in, oldest first. */
  #freed: { readonly record: number; readonly epoch: number }[] = [];
  #firstFreed = 0;

  constructor(buffers: RecordBuffers) {
    this.#memory = buffers.records;
    this.#applied = new Int32Array(buffers.applied);
    this.reader = new RecordReader(buffers);
    this.#bytes = whole(this.#memory);
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
    this.#freed.push({ record, epoch: this.epoch });
  }

  /** The changes up to now are a batch on its way: its number. */
  nextEpoch(): number {
    const sent = this.epoch;
    this.epoch = (this.epoch + 1) | 0;
    this.#reclaim();
    return sent;
  }

  /** A thread that starts will know nothing of earlier batches. */
  restart(thread: number): void {
    Atomics.store(this.#applied, thread, (this.epoch - 1) | 0);
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

  #reclaim(): void {
    for (let next = this.#freed[this.#firstFreed]; next !== undefined; next = this.#freed[this.#firstFreed]) {
      if (!this.#isApplied(next.epoch)) break;
      this.#firstFreed++;
      const units = unitsOf(this.#bytes.readUInt32LE(next.record * RECORD_UNIT));
      const places = this.#free.get(units);
      if (places === undefined) this.#free.set(units, [next.record]);
      else places.push(next.record);
    }
    if (this.#firstFreed * 2 <= this.#freed.length) return;
    this.#freed = this.#freed.slice(this.#firstFreed);
    this.#firstFreed = 0;
  }

  /** By all threads. Numbers of batches go round, so it is their difference that counts. */
  #isApplied(epoch: number): boolean {
    for (let thread = 0; thread < this.#applied.length; thread++) {
      if (((Atomics.load(this.#applied, thread) - epoch) | 0) < 0) return false;
    }
    return true;
  }
}

function unitsOf(length: number): number {
  return Math.ceil((LENGTH_BYTES + length) / RECORD_UNIT);
}
