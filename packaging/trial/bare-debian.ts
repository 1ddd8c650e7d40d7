import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findProgram } from '../../bench/find-program.ts';
import { ROOT } from '../places.ts';

const MIRROR = 'http://deb.debian.org/debian';

/** Debian 12, 13. */
export type Release = 'bookworm' | 'trixie';

/** Kept from one trial to the next: it takes a minute to make. Whoever wants a newer one removes it. */
function keptAt(release: Release, packages: readonly string[]): string {
  // Debian 12 with libatomic1 was there before all others.
  const name = packages.join() === 'libatomic1' ? [release] : [release, 'with', ...packages];
  return join(ROOT, `.cache/trial/debian-${name.join('-')}.tar`);
}

/** Null: a bare Debian can be had here; else one sentence. */
export function whyNoDebian(release: Release = 'bookworm', packages = ['libatomic1']): string | null {
  if (process.getuid?.() !== 0) return 'only root can set up a bare Debian';
  if (existsSync(keptAt(release, packages))) return null;
  return findProgram('debootstrap') === undefined ? 'debootstrap is not installed' : null;
}

/** A tar archive of a Debian with what every one has, these packages, and nothing else. */
export function debianArchive(release: Release = 'bookworm', packages = ['libatomic1']): string {
  const kept = keptAt(release, packages);
  if (existsSync(kept)) return kept;
  const folder = mkdtempSync(join(tmpdir(), 'cellgate-debian-'));
  try {
    // It becomes the root of a file system, where everybody may look.
    chmodSync(folder, 0o755);
    run('debootstrap', '--variant=minbase', release, folder, MIRROR);
    installed(folder, packages);
    mkdirSync(join(kept, '..'), { recursive: true });
    run('tar', '-C', folder, '-cf', `${kept}.new`, '.');
    // All of it or nothing, also for whoever tries at the same time.
    renameSync(`${kept}.new`, kept);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return kept;
}

/** By apt, as its users do: debootstrap does not know of all that a package may need. */
export function installed(folder: string, packages: readonly string[]): void {
  run('cp', '--dereference', '/etc/resolv.conf', join(folder, 'etc/resolv.conf'));
  const apt = `apt-get update -qq && apt-get install -y -qq --no-install-recommends ${packages.join(' ')}`;
  run('chroot', folder, 'env', 'DEBIAN_FRONTEND=noninteractive', 'sh', '-c', apt);
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
