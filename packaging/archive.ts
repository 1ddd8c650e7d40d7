import { execFileSync } from 'node:child_process';
import { basename, dirname } from 'node:path';

/** Writes a compressed tar archive of a folder, all of it root's. */
export function makeArchive(path: string, folder: string): void {
  const owner = ['--owner=0', '--group=0', '--numeric-owner'];
  execFileSync('tar', [...owner, '-czf', path, '-C', dirname(folder), basename(folder)]);
}
