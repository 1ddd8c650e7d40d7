import { type Fields, integer, STATIC } from './hpack.ts';
import { huffmanBits, huffmanText, packed } from './huffman.ts';

/** A name, a value, and whether it came as never to be indexed. */
export type ModelField = readonly [name: string, value: string, sensitive: boolean];

/** How a literal is represented (RFC 7541 §6.2). */
type Mode = 'inserted' | 'not indexed' | 'never indexed';

export type Step =
  | { readonly kind: 'indexed'; readonly pick: number }
  | {
      readonly kind: 'literal';
      readonly mode: Mode;
      /** A name of the tables by number, or one spelled out. */
      readonly name: number | string;
      readonly value: string;
      readonly huffman: boolean;
    };

export interface Block {
  /** Of the table, at most two. */
  readonly sizes: readonly number[];
  readonly steps: readonly Step[];
}

const MOST_SIZE_UPDATES = 2;
const MOST_CONTINUATION = 5;
const MODES = {
  inserted: { prefix: 6, flags: 0x40 },
  'not indexed': { prefix: 4, flags: 0 },
  'never indexed': { prefix: 4, flags: 0x10 },
} as const;

/** The tables as RFC 7541 §2.3 and §4 have them, nothing clever. */
export class ModelTable {
  #entries: (readonly [string, string])[] = [];
  #maxSize: number;

  constructor(maxSize: number) {
    this.#maxSize = maxSize;
  }

  get size(): number {
    return this.#entries.reduce((sum, [name, value]) => sum + name.length + value.length + 32, 0);
  }

  get count(): number {
    return this.#entries.length;
  }

  get last(): number {
    return STATIC.length + this.#entries.length;
  }

  /** All, the first of which has the index 1. */
  get all(): Fields {
    return [...STATIC, ...this.#entries];
  }

  at(index: number): readonly [string, string] {
    const entry = index > STATIC.length ? this.#entries[index - 1 - STATIC.length] : STATIC[index - 1];
    if (entry === undefined) throw new Error(`no entry ${index}`);
    return entry;
  }

  insert(name: string, value: string): void {
    this.#entries.unshift([name, value]);
    this.#evict();
  }

  resize(maxSize: number): void {
    this.#maxSize = maxSize;
    this.#evict();
  }

  #evict(): void {
    while (this.size > this.#maxSize) this.#entries.pop();
  }
}

export function text(value: string, huffman: boolean): Buffer {
  const bytes = huffman ? packed(huffmanBits(value)) : Buffer.from(value, 'latin1');
  return Buffer.concat([integer(bytes.length, 7, huffman ? 0x80 : 0), bytes]);
}

/** A block as an encoder with this table says it, which moves on; with what its fields are. */
export function encodeBlock(table: ModelTable, block: Block): { bytes: Buffer; fields: ModelField[] } {
  const fields: ModelField[] = [];
  const pieces = block.sizes.map((size) => {
    table.resize(size);
    return integer(size, 5, 0x20);
  });
  for (const step of block.steps) {
    if (step.kind === 'indexed') {
      const index = 1 + (step.pick % table.last);
      pieces.push(integer(index, 7, 0x80));
      fields.push([...table.at(index), false]);
      continue;
    }
    const { prefix, flags } = MODES[step.mode];
    const index = typeof step.name === 'number' ? 1 + (step.name % table.last) : 0;
    const name = typeof step.name === 'number' ? table.at(index)[0] : step.name;
    pieces.push(integer(index, prefix, flags));
    if (index === 0) pieces.push(text(name, step.huffman));
    pieces.push(text(step.value, step.huffman));
    fields.push([name, step.value, step.mode === 'never indexed']);
    if (step.mode === 'inserted') table.insert(name, step.value);
  }
  return { bytes: Buffer.concat(pieces), fields };
}

/** What a block says, read octet by octet; throws where RFC 7541 has an error. */
export function decodeBlock(table: ModelTable, maxSize: number, block: Buffer): ModelField[] {
  const rest = [...block];
  const octet = (): number => {
    const next = rest.shift();
    if (next === undefined) throw new Error('truncated');
    return next;
  };
  const number = (first: number, prefix: number): number => {
    const most = 2 ** prefix - 1;
    let value = first & most;
    if (value < most) return value;
    for (let at = 0; at < MOST_CONTINUATION; at++) {
      const next = octet();
      value += (next & 127) * 128 ** at;
      if (next < 128) return value;
    }
    throw new Error('an integer that is too long');
  };
  const string = (): string => {
    const first = octet();
    const length = number(first, 7);
    if (length > rest.length) throw new Error('truncated');
    const bytes = Buffer.from(rest.splice(0, length));
    return first & 0x80 ? huffmanText(bytes) : bytes.toString('latin1');
  };

  const fields: ModelField[] = [];
  let updates = 0;
  while (rest.length > 0) {
    const first = octet();
    if (first & 0x80) {
      fields.push([...table.at(number(first, 7)), false]);
    } else if (first >> 5 === 1) {
      const size = number(first, 5);
      if (size > maxSize) throw new Error('a table larger than was promised');
      if (fields.length > 0 || ++updates > MOST_SIZE_UPDATES) throw new Error('a misplaced size update');
      table.resize(size);
    } else {
      const inserted = (first & 0x40) !== 0;
      const index = number(first, inserted ? 6 : 4);
      const name = index === 0 ? string() : table.at(index)[0];
      const value = string();
      if (inserted) table.insert(name, value);
      fields.push([name, value, !inserted && (first & 0x10) !== 0]);
    }
  }
  return fields;
}
