import { access, rename } from 'node:fs/promises';

/**
 * Moves a file away under `<path>.bad-<time>`, where it takes no other's place, and answers that path. For whoever has
 * the folder's lock. @param now Unix milliseconds
 */
export async function setAside(path: string, now: number): Promise<string> {
  const time = new Date(now).toISOString().replaceAll(':', '');
  const bad = `${path}.bad-${time}`;
  let to = bad;
  for (let again = 2; await exists(to); again++) to = `${bad}-${again}`;
  await rename(path, to);
  return to;
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch {
    return false;
  }
}
