import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { findProgram } from '../../bench/find-program.ts';
import { ROOT } from '../places.ts';
import { debianArchive, run, unpackDebian, whyNoDebian } from './bare-debian.ts';

/** Where trust in whoever stands between this machine and the registry of packages comes from. */
const EXTRA_AUTHORITIES = process.env['NODE_EXTRA_CA_CERTS'];

/** Null: images can be built and run here; else one sentence. */
export function whyNoImages(): string | null {
  for (const program of ['podman', 'runc', 'npm']) {
    if (findProgram(program) === undefined) return `${program} is not installed`;
  }
  const { status, stderr } = spawnSync('podman', ['--runtime', 'runc', 'info'], { encoding: 'utf8' });
  if (status !== 0) return `podman does not work here: ${stderr.trim().split('\n').at(-1)}`;
  return whyNoDebian();
}

/**
 * Makes the images that the Dockerfile begins with, under the names that it asks for, since no registry can be counted
 * on: a bare Debian, and the same with Node and npm, as far as there is none of that name.
 */
export function makeBases(): void {
  for (const name of baseNames()) {
    if (spawnSync('podman', ['image', 'exists', name]).status === 0) continue;
    if (name.includes('/node:')) importWithNode(name);
    else run('podman', 'import', debianArchive(), name);
  }
}

function baseNames(): string[] {
  const text = readFileSync(join(ROOT, 'Dockerfile'), 'utf8');
  return [...text.matchAll(/^FROM (\S+)/gm)].map(([, name]) => name!);
}

function importWithNode(name: string): void {
  const folder = unpackDebian();
  try {
    const local = join(folder, 'usr/local');
    mkdirSync(join(local, 'lib/node_modules'), { recursive: true });
    cpSync(realpathSync(process.execPath), join(local, 'bin/node'));
    const npm = dirname(dirname(realpathSync(findProgram('npm')!)));
    cpSync(npm, join(local, 'lib/node_modules/npm'), { recursive: true });
    symlinkSync('../lib/node_modules/npm/bin/npm-cli.js', join(local, 'bin/npm'));
    const changes: string[] = [];
    if (EXTRA_AUTHORITIES !== undefined) {
      cpSync(EXTRA_AUTHORITIES, join(folder, 'etc/authorities.pem'));
      changes.push('--change', 'ENV NODE_EXTRA_CA_CERTS=/etc/authorities.pem');
    }
    run('tar', '-C', folder, '-cf', `${folder}.tar`, '.');
    run('podman', 'import', ...changes, `${folder}.tar`, name);
  } finally {
    rmSync(folder, { recursive: true, force: true });
    rmSync(`${folder}.tar`, { force: true });
  }
}

/** Builds the image of this checkout; packages that npm has fetched before are not fetched again. */
export function buildImage(name: string): void {
  const cache = execFileSync('npm', ['config', 'get', 'cache'], { encoding: 'utf8' }).trim();
  run(
    'podman',
    ...['build', '--isolation', 'chroot', '--network', 'host', '--ulimit', 'nofile=1024:1024'],
    // Health checks are of Docker's format alone.
    ...['--format', 'docker', '--volume', `${cache}:/root/.npm`, '--tag', name, ROOT],
  );
}
