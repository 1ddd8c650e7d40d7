import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const gc: () => void = runInNewContext('gc');

/** Twice: array buffers are swept on another thread, and the next collection waits for the sweep of the one before. */
export function collectGarbage(): void {
  gc();
  gc();
}
