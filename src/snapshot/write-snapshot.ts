import { randomBytes } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { seedOf } from './checked-text.ts';
import { Draft } from './draft.ts';
import { HEADER_BYTES, headerText } from './header.ts';
import { Recording } from './recording.ts';
import type { AnySource } from './table-source.ts';

export const TABLE_FILE = 'table.snapshot';

/**
 * Writes all that the tables have, and answers what it was. Rejects, and leaves the snapshot of before, where the disk
 * does not let it. @param at Unix milliseconds
 */
export async function writeSnapshot(
  folder: string,
  sources: readonly AnySource[],
  at: number,
): Promise<Recording> {
  const id = randomBytes(8).toString('hex');
  const recording = new Recording(id, seedOf(id));
  const draft = await Draft.begin(folder, TABLE_FILE);
  try {
    // How many lines there are is known in the end.
    await draft.append('\n'.padStart(HEADER_BYTES));
    for (const piece of recording.lines(sources)) {
      await draft.append(piece);
      await nextTurn();
    }
    await draft.begins(headerText('cellgate-table', { id, at, count: recording.count }));
    await draft.publish('content and name');
  } finally {
    await draft.abandon();
  }
  return recording;
}
