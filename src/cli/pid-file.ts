import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { ComponentLog } from '../telemetry/component-log.ts';
import { CannotStart } from './cannot-start.ts';

/** @throws {CannotStart} */
export function writePid(path: string, log: ComponentLog): void {
  log.info('Writing pid', { pid: String(process.pid), file: path });
  try {
    writeFileSync(path, String(process.pid), { mode: 0o644 });
  } catch (error) {
    throw new CannotStart(`error writing pid to pidfile: ${(error as Error).message}`);
  }
}

/** Not that of another process. */
export function removePid(path: string): void {
  try {
    if (readFileSync(path, 'utf8').trim() === String(process.pid)) rmSync(path);
  } catch {
    // Whoever reads it finds that no such process runs.
  }
}
