import type { PoolPolicy } from '../routing/change.ts';
import { pathOfKey } from '../routing/route-key.ts';
import { type MatchObserver, NO_ROW, RouteTable } from '../routing/route-table.ts';
import type { Epochs } from './epochs.ts';
import { Limbo } from './limbo.ts';
import { countOf, NO_MEMBERS } from './members.ts';
import type { Pool } from './pool.ts';
import type { RecordStore } from './record-store.ts';

/** All pools, by the rows in which proxy threads keep them too. Their keys are nowhere but in the shared memory. */
export class Pools {
  readonly #records: RecordStore;
  readonly #table: RouteTable;
  readonly #rows: (Pool | null)[] = [];
  readonly #freeRows: number[] = [];
  /** Of pools that are gone: some thread may still have them there. */
  readonly #left: Limbo<number>;
  #size = 0;
  #nextId = 1;

  constructor(records: RecordStore, epochs: Epochs) {
    this.#records = records;
    this.#left = new Limbo(epochs, (row) => this.#freeRows.push(row) > 0);
    const keyOf = (row: number): number => this.#rows[row]!.record;
    const isEmpty = (row: number): boolean => countOf(this.#rows[row]!.members) === 0;
    this.#table = new RouteTable({ keyOf, isEmpty }, records.reader);
  }

  get size(): number {
    return this.#size;
  }

  get(key: string): Pool | undefined {
    const row = this.#table.find(key);
    return row === NO_ROW ? undefined : this.#rows[row]!;
  }

  /** Whether this pool is in the table. */
  has(pool: Pool): boolean {
    return this.#rows[pool.row] === pool;
  }

  /** The pool that proxy threads find too: see `RouteTable.match`. */
  match(host: string, path: string, observer: MatchObserver): Pool | null {
    const row = this.#table.match(host, path, observer);
    return row === NO_ROW ? null : this.#rows[row]!;
  }

  /** What is kept in a row. */
  at(row: number): Pool {
    return this.#rows[row]!;
  }

  keyOf({ record }: Pool): string {
    return this.#records.read(record);
  }

  /**
   * In the order of their rows, which they keep as long as they live. What is added or removed meanwhile may be among them
   * or not. @param from the first row
   */
  *values(from = 0): Generator<Pool> {
    for (let row = from; row < this.#rows.length; row++) {
      const pool = this.#rows[row]!;
      if (pool !== null) yield pool;
    }
  }

  /**
   * One more, without members, which is not among the others yet: `add` or `discard` must follow. There is none with
   * this key. `full` when there is no room left for it.
   */
  plan(key: string, path: string, policy: PoolPolicy, now: number): Pool | 'full' {
    const record = this.#records.put(key);
    if (record === 'full') return 'full';
    const row = this.#freeRows.pop() ?? this.#rows.push(null) - 1;
    const contextPath = path === pathOfKey(key) ? null : path;
    const id = this.#nextId++;
    return { id, row, record, contextPath, policy, members: NO_MEMBERS, terms: null, changedAt: now };
  }

  add(pool: Pool): void {
    this.#rows[pool.row] = pool;
    this.#size++;
    this.#table.add(pool.row);
  }

  /** No thread has heard of it. */
  discard({ row, record }: Pool): void {
    this.#freeRows.push(row);
    this.#records.giveBack(record);
  }

  remove({ row, record }: Pool): void {
    this.#table.remove(row);
    this.#rows[row] = null;
    this.#size--;
    this.#left.add(row);
    this.#records.free(record);
  }
}
