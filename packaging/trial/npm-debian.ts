import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findProgram } from '../../bench/find-program.ts';
import { ROOT } from '../places.ts';
import { debianArchive, installed, type Release, run, unpackDebian, whyNoDebian } from './bare-debian.ts';

const ALONE = fileURLToPath(new URL('alone.sh', import.meta.url));
/** Node and npm as Debian has them, without what they recommend. */
const NPM = ['nodejs', 'npm'];
/** Where trust in whoever stands between this machine and the registry of packages comes from. */
const EXTRA_AUTHORITIES = process.env['NODE_EXTRA_CA_CERTS'];
const AUTHORITIES = '/etc/authorities.pem';
const CHECKOUT = '/root/cellgate';
const REGISTRY_PATIENCE_MS = 10_000;

export interface Outcome {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Null: a Debian with this checkout can be had here; else one sentence. */
export async function whyNoNpmDebian(release: Release): Promise<string | null> {
  for (const program of ['npm', 'git', 'unshare', 'ip', 'chroot']) {
    if (findProgram(program) === undefined) return `${program} is not installed`;
  }
  const why = whyNoDebian(release, NPM);
  if (why !== null) return why;
  const answers = await fetch(registry(), { signal: AbortSignal.timeout(REGISTRY_PATIENCE_MS) }).then(
    () => true,
    () => false,
  );
  return answers ? null : 'no registry of packages answers here';
}

/** That of whoever runs the trial. */
function registry(): string {
  return execFileSync('npm', ['config', 'get', 'registry'], { encoding: 'utf8', cwd: '/' }).trim();
}

/** A bare Debian with its own Node and npm, and a copy of this checkout in it. Removed once, by `remove`. */
export class NpmDebian {
  readonly #root: string;
  readonly #env: Readonly<Record<string, string>>;

  constructor(release: Release) {
    this.#root = unpackDebian(debianArchive(release, NPM));
    run('cp', '--dereference', '/etc/resolv.conf', join(this.#root, 'etc/resolv.conf'));
    // Whatever sets a Debian up writes it, but debootstrap.
    writeFileSync(join(this.#root, 'etc/hosts'), '127.0.0.1 localhost\n::1 localhost\n');
    const copy = join(this.#root, CHECKOUT);
    mkdirSync(copy);
    // What git knows, and what is new and is not to be ignored.
    const list = ['ls-files', '-z', '--cached', '--others', '--exclude-standard'];
    const files = execFileSync('git', list, { cwd: ROOT, encoding: 'utf8' }).split('\0');
    for (const file of files.filter((name) => name !== '' && existsSync(join(ROOT, name)))) {
      cpSync(join(ROOT, file), join(copy, file));
    }
    this.#env = {
      ...{ PATH: '/usr/sbin:/usr/bin:/sbin:/bin', HOME: '/root', NO_COLOR: '1' },
      ...{ DEBIAN_FRONTEND: 'noninteractive', npm_config_registry: registry() },
      ...(EXTRA_AUTHORITIES !== undefined && { NODE_EXTRA_CA_CERTS: AUTHORITIES }),
    };
    if (EXTRA_AUTHORITIES !== undefined) cpSync(EXTRA_AUTHORITIES, join(this.#root, AUTHORITIES));
  }

  /** As its root would: with the network of this machine. */
  install(packages: readonly string[]): void {
    installed(this.#root, packages);
  }

  /** Runs a line in the checkout to its end, with the network of this machine. */
  inside(line: string): Outcome {
    const command = [this.#root, '/bin/bash', '-c', `cd ${CHECKOUT} && ${line}`];
    const { status, stdout, stderr } = spawnSync(findProgram('chroot')!, command, {
      env: this.#env,
      encoding: 'utf8',
      maxBuffer: 1 << 26,
    });
    return { status, stdout, stderr };
  }

  /** The same with loopback alone, and what npm has fetched before; all that it has started ends with it. */
  async alone(line: string): Promise<Outcome> {
    const child = spawn('sh', [ALONE, this.#root, '/bin/bash', '-c', `cd ${CHECKOUT} && ${line}`], {
      env: { ...this.#env, npm_config_offline: 'true' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let [stdout, stderr] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    const [status] = (await once(child, 'close')) as [number | null];
    return { status, stdout, stderr };
  }

  remove(): void {
    rmSync(this.#root, { recursive: true, force: true });
  }
}
