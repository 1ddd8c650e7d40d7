import { join } from 'node:path';
import { Unreadable } from './checked-text.ts';
import { Draft } from './draft.ts';
import { diskReason, readRegular } from './read-regular.ts';

const FILE = 'router.id';
/** Bytes. */
const LONGEST = 200;
const ID = /^[\x21-\x7e]{1,128}$/;

/** Who had a folder before; null: nobody, or it cannot be told. `fault`: why it is, or will be, unknown. */
export interface Former {
  readonly id: string | null;
  readonly fault: string | null;
}

/**
 * Puts the router with this id in the place of the one that had the folder before, as the roll-call knows both. To be
 * called by who has the folder's lock: then the other one is gone.
 */
export async function succeed(folder: string, id: string): Promise<Former> {
  const found = await readRegular(join(folder, FILE), LONGEST, (file) => file.readFile('latin1'));
  const former = typeof found === 'string' && ID.test(found.trim()) ? found.trim() : null;
  const fault = found instanceof Unreadable ? `${FILE}: ${found.reason}` : null;
  let draft: Draft | null = null;
  try {
    draft = await Draft.begin(folder, FILE);
    await draft.append(`${id}\n`);
    await draft.publish('content');
  } catch (error) {
    return { id: former, fault: diskReason(error) };
  } finally {
    await draft?.abandon();
  }
  return { id: former === id ? null : former, fault };
}
