import { lstat, rename } from 'node:fs/promises';
import { isMissing } from './disk-fault.ts';

/**
 * Moves a file away under `<path>.bad-<time>`, where it takes no other's place, and answers that path; `null`: it is
 * gone. For whoever has the folder's lock. @param now Unix milliseconds
 */
export async function setAside(path: string, now: number): Promise<string | null> {
  if (!(await exists(path))) return null;
  const time = new Date(now).toISOString().replaceAll(':', '');
  const bad = `${path}.bad-${time}`;
  let to = bad;
  for (let again = 2; await exists(to); again++) to = `${bad}-${again}`;
  await rename(path, to);
  return to;
}

async function exists(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}
