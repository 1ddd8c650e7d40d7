import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findProgram } from '../../bench/find-program.ts';
import { ROOT } from '../places.ts';

/** Kept from one trial to the next: it takes a minute to make. Whoever wants a newer one removes it. */
const KEPT = join(ROOT, '.cache/trial/debian-bookworm.tar');
const MIRROR = 'http://deb.debian.org/debian';

/** Null: a bare Debian can be had here; else one sentence. */
export function whyNoDebian(): string | null {
  if (process.getuid?.() !== 0) return 'only root can set up a bare Debian';
  if (existsSync(KEPT)) return null;
  return findProgram('debootstrap') === undefined ? 'debootstrap is not installed' : null;
}

/** A tar archive of Debian 12 with what every Debian has, libatomic1, and nothing else. */
export function debianArchive(): string {
  if (existsSync(KEPT)) return KEPT;
  const folder = mkdtempSync(join(tmpdir(), 'cellgate-debian-'));
  try {
    // It becomes the root of a file system, where everybody may look.
    chmodSync(folder, 0o755);
    run('debootstrap', '--variant=minbase', '--include=libatomic1', 'bookworm', folder, MIRROR);
    mkdirSync(join(KEPT, '..'), { recursive: true });
    run('tar', '-C', folder, '-cf', `${KEPT}.new`, '.');
    // All of it or nothing, also for whoever tries at the same time.
    renameSync(`${KEPT}.new`, KEPT);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return KEPT;
}

/** A bare Debian of one's own, or what another archive has, unpacked; the folder. */
export function unpackDebian(archive = debianArchive()): string {
  const folder = mkdtempSync(join(tmpdir(), 'cellgate-debian-'));
  run('tar', '-C', folder, '-xf', archive);
  return folder;
}

/** Runs a program of this machine to its end; what it said. @throws with that when it fails */
export function run(program: string, ...args: string[]): string {
  const path = findProgram(program);
  if (path === undefined) throw new Error(`${program} is not installed`);
  const { status, stdout, stderr } = spawnSync(path, args, { encoding: 'utf8', maxBuffer: 1 << 26 });
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${status}:\n${stdout}${stderr}`);
  return stdout;
}
