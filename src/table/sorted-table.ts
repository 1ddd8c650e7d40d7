import { BatchCursor } from './batch-cursor.ts';
import { SortedRecords } from './sorted-records.ts';
import type { TableEntry } from './table-entry.ts';

/** One endpoint of one route, when its turn has come. */
export interface SortedEntry {
  /** By which they are sorted; of two tables the same endpoint has the same. */
  readonly key: string;
  /** JSON of what is said of it, but for its age. The same text says the same; another one may. */
  readonly said: string;
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

  /** Null: there is nothing to be waited for. */
  add({ kind, route, address, said, line }: TableEntry): Promise<void> | null {
    const key = JSON.stringify([kind, route, address]);
    const text = JSON.stringify({ ...said, first_seen: undefined });
    return this.#records.add(`${key}${GAP}${line}${GAP}${text}`);
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
    this.#head = found === null ? null : { key: found[0]!, said: found[2]! };
  }

  close(): Promise<void> {
    return this.#records.close();
  }
}

/** What a key is made of. */
export function partsOf(key: string): readonly [kind: 'http' | 'tcp', route: string, address: string] {
  return JSON.parse(key);
}

/** The part of a key that is the same for all endpoints of a route, and for no others. */
export function routeOf(key: string): string {
  // Within a text of JSON there is no quotation mark after a comma.
  return key.slice(0, key.lastIndexOf(',"'));
}
