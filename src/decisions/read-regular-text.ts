import { constants } from 'node:fs';
import { open } from 'node:fs/promises';

/**
 * The text of a file, if it is one and has an end: a pipe would be waited for, and a device be read, without end. Rejects
 * with what the system says, or with what else it is. @param mostBytes of it
 */
export async function readRegularText(path: string, mostBytes: number): Promise<string> {
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const stats = await file.stat();
    if (stats.isDirectory()) throw new Error('it is a folder');
    if (!stats.isFile()) throw new Error('it is no regular file');
    if (stats.size > mostBytes) throw new Error(`it has ${stats.size} bytes, allowed: at most ${mostBytes}`);
    return await file.readFile('utf8');
  } finally {
    await file.close();
  }
}
