import { getSystemErrorMessage } from 'node:util';

/** What the system has against a path, in its words; in Node's, where the path is none and never got there. */
export function fileFault(error: unknown): string {
  const { errno, message } = error as NodeJS.ErrnoException;
  // `rmSync` alone gives it without the minus.
  return errno === undefined ? message : getSystemErrorMessage(-Math.abs(errno));
}
