import { accessSync, constants } from 'node:fs';
import { join, resolve } from 'node:path';

/** Debian keeps daemons where an ordinary user's PATH does not look. */
const DAEMON_DIRECTORIES = ['/usr/local/sbin', '/usr/sbin', '/sbin'];

/** Full path of an installed program; a name with a slash is a path already. */
export function findProgram(name: string): string | undefined {
  if (name.includes('/')) return isExecutable(name) ? resolve(name) : undefined;
  const directories = (process.env['PATH'] ?? '').split(':').concat(DAEMON_DIRECTORIES);
  return directories.map((directory) => join(directory, name)).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
