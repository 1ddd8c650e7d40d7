import { DynamicTable } from './dynamic-table.ts';
import { Field, type FieldSink } from './field.ts';
import { FieldName } from './field-name.ts';
import { huffman } from './huffman.ts';
import { STATIC, STATIC_SIZE } from './static-table.ts';

/** SETTINGS_HEADER_TABLE_SIZE until a peer has heard of another (RFC 9113 §6.5.2). Octets. */
const DEFAULT_TABLE_SIZE = 4096;

/** The high bits of a representation's first octet, from the largest (RFC 7541 §6). */
const INDEXED = 0x80;
const INSERTED = 0x40;
const SIZE_UPDATE = 0x20;
const NEVER_INDEXED = 0x10;
const IS_HUFFMAN = 0x80;
/** The smallest size in between, and the last (RFC 7541 §4.2). */
const MOST_SIZE_UPDATES = 2;

const MALFORMED = -1;
/** Four octets of seven bits: no block is as long, and sums stay far from where integers of V8 end. */
const MOST_SHIFT = 28;

/** Reads the header blocks of one direction of one connection, in their order (RFC 7541). */
export class HpackDecoder {
  readonly #table: DynamicTable;
  readonly #maxTableSize: number;
  #at = 0;
  /** Where the string just read lies. */
  #from = 0;
  #to = 0;
  /** `false` while a block is read: one that was not read to its end leaves the table out of step with the peer's. */
  #isInStep = true;

  /**
   * @param maxTableSize what SETTINGS_HEADER_TABLE_SIZE has promised the peer, octets. Less than 4096 is for peers
   *   that know of it beforehand: until it is acknowledged others go by 4096
   */
  constructor(maxTableSize: number = DEFAULT_TABLE_SIZE) {
    this.#maxTableSize = maxTableSize;
    this.#table = new DynamicTable(Math.min(maxTableSize, DEFAULT_TABLE_SIZE));
  }

  /** Octets that the dynamic table counts (RFC 7541 §4.1). */
  get tableSize(): number {
    return this.#table.size;
  }

  /** Entries of the dynamic table. */
  get tableCount(): number {
    return this.#table.count;
  }

  /**
   * One whole header block, `bytes[start, end)`. `false`: a COMPRESSION_ERROR (RFC 9113 §4.3); the sink may have
   * been handed fields before, and every later block is answered `false`, too. The same goes for a sink that throws.
   */
  decode(bytes: Buffer, start: number, end: number, sink: FieldSink): boolean {
    if (!this.#isInStep) return false;
    this.#isInStep = false;
    this.#at = start;
    if (!this.#sizeUpdates(bytes, end)) return false;
    while (this.#at < end) {
      const field = bytes[this.#at]! & INDEXED ? this.#indexed(bytes, end) : this.#literal(bytes, end);
      if (field === null) return false;
      sink.field(field);
    }
    this.#isInStep = true;
    return true;
  }

  /** They stand at the beginning of a block or nowhere (RFC 7541 §4.2). */
  #sizeUpdates(bytes: Buffer, end: number): boolean {
    for (let updates = 0; this.#at < end && bytes[this.#at]! >> 5 === SIZE_UPDATE >> 5; updates++) {
      const size = this.#integer(bytes, end, SIZE_UPDATE - 1);
      if (size === MALFORMED || size > this.#maxTableSize || updates === MOST_SIZE_UPDATES) return false;
      this.#table.resize(size);
    }
    return true;
  }

  #indexed(bytes: Buffer, end: number): Field | null {
    const index = this.#integer(bytes, end, INDEXED - 1);
    return index === MALFORMED ? null : this.#entry(index);
  }

  /** `null` for index 0 and what lies beyond the tables (RFC 7541 §2.3.3, §6.1). */
  #entry(index: number): Field | null {
    return index <= STATIC_SIZE ? (STATIC[index] ?? null) : this.#table.get(index - STATIC_SIZE - 1);
  }

  #literal(bytes: Buffer, end: number): Field | null {
    const kind = bytes[this.#at]!;
    const isInserted = (kind & INSERTED) !== 0;
    // Behind the first fields there is no place for a size update.
    if (!isInserted && kind & SIZE_UPDATE) return null;
    const index = this.#integer(bytes, end, isInserted ? INSERTED - 1 : NEVER_INDEXED - 1);
    if (index === MALFORMED) return null;
    const name = index === 0 ? this.#newName(bytes, end) : this.#entry(index)?.name;
    if (name == null) return null;
    const source = this.#string(bytes, end);
    if (source === null) return null;
    const isSensitive = !isInserted && (kind & NEVER_INDEXED) !== 0;
    const field = new Field(name, source, this.#from, this.#to, isSensitive);
    if (isInserted) this.#table.insert(field);
    return field;
  }

  #newName(bytes: Buffer, end: number): FieldName | null {
    const source = this.#string(bytes, end);
    return source === null ? null : new FieldName(source, this.#from, this.#to);
  }

  /** What the string lies in, from `#from` to `#to`, until the next is read; `null` when it is malformed (RFC 7541 §5.2). */
  #string(bytes: Buffer, end: number): Buffer | null {
    if (this.#at >= end) return null;
    const isHuffman = (bytes[this.#at]! & IS_HUFFMAN) !== 0;
    const length = this.#integer(bytes, end, IS_HUFFMAN - 1);
    if (length === MALFORMED || length > end - this.#at) return null;
    const start = this.#at;
    this.#at = start + length;
    if (!isHuffman) {
      this.#from = start;
      this.#to = this.#at;
      return bytes;
    }
    this.#from = 0;
    this.#to = huffman.decode(bytes, start, this.#at);
    return this.#to === MALFORMED ? null : huffman.bytes;
  }

  /** An integer below 2^28 behind its prefix, in five more octets at most (RFC 7541 §5.1). */
  #integer(bytes: Buffer, end: number, prefix: number): number {
    let value = bytes[this.#at++]! & prefix;
    if (value < prefix) return value;
    for (let shift = 0; shift <= MOST_SHIFT && this.#at < end; shift += 7) {
      const byte = bytes[this.#at++]!;
      if (shift === MOST_SHIFT && byte !== 0) return MALFORMED;
      value += (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    return MALFORMED;
  }
}
