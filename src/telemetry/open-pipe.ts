import { constants, openSync, statSync } from 'node:fs';

/**
 * A pipe opened anew for writing that never waits for its reader: a write to one that is full fails with EAGAIN,
 * where it would otherwise hold a thread of libuv's pool for as long as nobody reads, and the process could not end.
 * `null` where `path` is no pipe, or nobody has it open for reading. The descriptor is the caller's.
 */
export function openPipe(path: string): number | null {
  try {
    if (!statSync(path).isFIFO()) return null;
    return openSync(path, constants.O_WRONLY | constants.O_APPEND | constants.O_NONBLOCK);
  } catch {
    return null;
  }
}
