import { type FileHandle, mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { wholeLines } from '../snapshot/whole-lines.ts';
import { BatchCursor } from './batch-cursor.ts';

/** Characters that are sorted in memory at once; the rest lies on disk, in runs of so much. */
const RUN_LENGTH = 8 << 20;
/** Of a run, in memory at once; a record is far shorter, whatever a line of 16 KiB becomes as JSON again. */
const BLOCK_BYTES = 256 * 1024;
/** Records that are handed on at once. */
const BATCH = 1000;

/** Lines of text in their order, however many: an external merge sort. Closed exactly once, also after a fault. */
export class SortedRecords {
  readonly #runLength: number;
  #held: string[] = [];
  #length = 0;
  #folder: string | null = null;
  readonly #runs: FileHandle[] = [];

  constructor(runLength = RUN_LENGTH) {
    this.#runLength = runLength;
  }

  /** Null: there is nothing to be waited for. @param record without a line feed */
  add(record: string): Promise<void> | null {
    this.#held.push(record);
    this.#length += record.length;
    return this.#length < this.#runLength ? null : this.#spill();
  }

  /** All of them, once, in batches. */
  async *inOrder(): AsyncGenerator<readonly string[]> {
    this.#held.sort(byUnits);
    const runs = [inMemory(this.#held), ...this.#runs.map(onDisk)];
    const cursors = await Promise.all(runs.map((run) => BatchCursor.at(run)));
    let batch: string[] = [];
    for (let least = leastOf(cursors); least !== null; least = leastOf(cursors)) {
      batch.push(least.current!);
      const loading = least.next();
      if (loading !== null) await loading;
      if (batch.length < BATCH) continue;
      yield batch;
      batch = [];
    }
    yield batch;
  }

  async close(): Promise<void> {
    for (const run of this.#runs.splice(0)) await run.close();
    if (this.#folder !== null) await rm(this.#folder, { recursive: true, force: true });
  }

  async #spill(): Promise<void> {
    this.#folder ??= await mkdtemp(join(tmpdir(), 'cellgate-sort-'));
    const run = await open(join(this.#folder, String(this.#runs.length)), 'wx+', 0o600);
    this.#runs.push(run);
    this.#held.sort(byUnits);
    const text = this.#held.join('\n');
    this.#held = [];
    this.#length = 0;
    await run.appendFile(`${text}\n`);
  }
}

async function* inMemory(records: readonly string[]): AsyncGenerator<readonly string[]> {
  yield records;
}

async function* onDisk(run: FileHandle): AsyncGenerator<readonly string[]> {
  for await (const block of wholeLines(run, 0, BLOCK_BYTES))
    yield block.toString('utf8').trimEnd().split('\n');
}

/** Null: all are at their ends. */
function leastOf(cursors: readonly BatchCursor[]): BatchCursor | null {
  let least: BatchCursor | null = null;
  for (const cursor of cursors) {
    const { current } = cursor;
    if (current !== null && (least === null || current < least.current!)) least = cursor;
  }
  return least;
}

function byUnits(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
