import { BatchCursor } from './batch-cursor.ts';
import { type Fields, fieldsOf } from './fields.ts';
import { SortedRecords } from './sorted-records.ts';
import type { TableEntry } from './table-entry.ts';

/** One endpoint of one route, when its turn has come. */
export interface SortedEntry {
  /** By which they are sorted; of two tables the same endpoint has the same. */
  readonly key: string;
  /** JSON of its `Fields`; the same text for the same fields. */
  readonly fields: string;
}

/** Within JSON that was written without spaces there is no such thing. */
const GAP = '\t';

/** A table, taken in in any order and told by route and address. To be closed. */
export class SortedTable {
  readonly #records: SortedRecords;
  #cursor: BatchCursor | null = null;
  #head: SortedEntry | null = null;

  /** @param runLength see `SortedRecords` */
  constructor(runLength?: number) {
    this.#records = new SortedRecords(runLength);
  }

  async add({ kind, route, address, said, line }: TableEntry): Promise<void> {
    const key = JSON.stringify([kind, route, address]);
    await this.#records.add([key, line, JSON.stringify(fieldsOf(said))].join(GAP));
  }

  /** After the last was added: to the first. */
  async open(): Promise<void> {
    this.#cursor = await BatchCursor.at(this.#records.inOrder());
    await this.next();
  }

  /** Null: it is at the end. */
  get head(): SortedEntry | null {
    return this.#head;
  }

  /** Of an endpoint that is there twice the last line counts, as it would for a router. */
  async next(): Promise<void> {
    const cursor = this.#cursor!;
    let found: readonly string[] | null = null;
    while (cursor.current !== null) {
      const parts = cursor.current.split(GAP);
      if (found !== null && parts[0] !== found[0]) break;
      if (found === null || Number(parts[1]) > Number(found[1])) found = parts;
      const loading = cursor.next();
      if (loading !== null) await loading;
    }
    this.#head = found === null ? null : { key: found[0]!, fields: found[2]! };
  }

  close(): Promise<void> {
    return this.#records.close();
  }
}

/** What a key is made of. */
export function partsOf(key: string): readonly [kind: 'http' | 'tcp', route: string, address: string] {
  return JSON.parse(key);
}

export function readFields(fields: string): Fields {
  return JSON.parse(fields);
}
