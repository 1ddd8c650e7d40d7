import { closeSync, openSync } from 'node:fs';
import { getSystemErrorMessage } from 'node:util';
import { StartError } from '../settings/start-error.ts';

/** Proxy threads open the file themselves and late; a path that cannot work is told at start. @throws {StartError} */
export function checkAccessLog(path: string): void {
  if (path === '') return;
  try {
    closeSync(openSync(path, 'a', 0o644));
  } catch (error) {
    const { errno = 0 } = error as NodeJS.ErrnoException;
    throw new StartError(`access_log.file ${path} cannot be opened: ${getSystemErrorMessage(errno)}`);
  }
}
