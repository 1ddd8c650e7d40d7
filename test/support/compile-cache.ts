import { existsSync, globSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/** The runner loads test files under a name of their own for each run, by which Node will never find them again. */
const NEVER_AGAIN = '?vitest=';

/** Takes out of a folder of compiled code what no run will use again; else it would grow with every one. */
export function tidyCompileCache(folder: string): void {
  if (!existsSync(folder)) return;
  for (const name of globSync('*/*', { cwd: folder })) {
    const path = join(folder, name);
    if (readFileSync(path).includes(NEVER_AGAIN)) rmSync(path, { force: true });
  }
}
