import { mkdir, stat } from 'node:fs/promises';
import { constants } from 'node:os';
import { dirname } from 'node:path';
import { isMissing } from './disk-fault.ts';

/**
 * Makes a folder, and those above it, for the router alone; one that is there stays as it is. Node's own way to do so
 * never ends where the system lets nobody make a folder and says that something is missing, as in `/proc`.
 */
export async function makeFolder(path: string): Promise<void> {
  try {
    await makeOne(path);
  } catch (error) {
    if (!isMissing(error) || dirname(path) === path) throw error;
    await makeFolder(dirname(path));
    await makeOne(path);
  }
}

async function makeOne(path: string): Promise<void> {
  try {
    await mkdir(path, { mode: 0o700 });
  } catch (error) {
    const there = await kindOf(path);
    if (there === 'folder') return;
    throw there === 'other' ? notAFolder(path) : error;
  }
}

async function kindOf(path: string): Promise<'folder' | 'other' | 'nothing'> {
  try {
    return (await stat(path)).isDirectory() ? 'folder' : 'other';
  } catch {
    return 'nothing';
  }
}

/** As the system says it of what is below such a thing, where for the thing itself it says that it exists. */
function notAFolder(path: string): NodeJS.ErrnoException {
  const { ENOTDIR: errno } = constants.errno;
  const error = new Error(`ENOTDIR: not a directory, mkdir '${path}'`);
  return Object.assign(error, { code: 'ENOTDIR', errno: -errno, syscall: 'mkdir', path });
}
