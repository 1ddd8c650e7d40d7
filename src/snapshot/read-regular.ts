import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { Unreadable } from './checked-text.ts';
import { diskFault, isMissing } from './disk-fault.ts';

const { O_NONBLOCK, O_RDONLY } = constants;

/**
 * Opens a file for as long as it is read, if it is one and has an end: a pipe would be waited for, and a device be
 * read, without end. `null`: there is none. Rejects with what is a fault of our own, never of the disk.
 */
export async function readRegular<T>(
  path: string,
  mostBytes: number,
  read: (file: FileHandle) => Promise<T>,
): Promise<T | Unreadable | null> {
  try {
    const file = await open(path, O_RDONLY | O_NONBLOCK);
    try {
      return (await faultOf(file, mostBytes)) ?? (await read(file));
    } finally {
      await file.close();
    }
  } catch (error) {
    return isMissing(error) ? null : new Unreadable(diskReason(error));
  }
}

/** What the disk is to blame for; throws what is a fault of our own. */
export function diskReason(error: unknown): string {
  const reason = diskFault(error);
  if (reason === null) throw error;
  return reason;
}

async function faultOf(file: FileHandle, mostBytes: number): Promise<Unreadable | null> {
  const stats = await file.stat();
  if (!stats.isFile()) return new Unreadable('it is no regular file');
  if (stats.size <= mostBytes) return null;
  return new Unreadable(`it has ${stats.size} bytes, allowed: at most ${mostBytes}`);
}
