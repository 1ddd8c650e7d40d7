import { agesText } from './ages.ts';
import { Draft } from './draft.ts';
import type { Announcements, Recording } from './recording.ts';

export const AGES_FILE = 'table.ages';

/**
 * Writes how old the endpoints of a snapshot are. After a crash of the machine the ages of before may be back, which
 * are right too, and a little older: the folder is not synced for them. @param at Unix milliseconds, of the ages
 */
export async function writeAges(
  folder: string,
  { id, count }: Recording,
  at: number,
  { characters }: Announcements,
): Promise<void> {
  const draft = await Draft.begin(folder, AGES_FILE);
  try {
    await draft.append(agesText({ id, at, count }, characters));
    await draft.publish('content');
  } finally {
    await draft.abandon();
  }
}
