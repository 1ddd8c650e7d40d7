import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { findProgram } from '../../bench/find-program.ts';
import { debianArchive, installed, run, unpackDebian, whyNoDebian } from './bare-debian.ts';

const BOOT = fileURLToPath(new URL('boot.sh', import.meta.url));
/** Of its processes. */
const GROUP = `cellgate-trial-${process.pid}`;
/** Until it has booted. Milliseconds. */
const PATIENCE = 60_000;

interface Outcome {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Null: a Debian can be booted here, as far as that can be told beforehand; else one sentence. */
export function whyNoBoot(): string | null {
  if (findProgram('unshare') === undefined || findProgram('nsenter') === undefined) {
    return 'unshare and nsenter are not installed';
  }
  return whyNoDebian();
}

/** A bare Debian with systemd and nothing else, kept from one trial to the next. */
function withSystemd(): string {
  const kept = debianArchive().replace(/\.tar$/, '-systemd.tar');
  if (existsSync(kept)) return kept;
  const folder = unpackDebian();
  try {
    installed(folder, ['systemd', 'dbus']);
    run('tar', '-C', folder, '-cf', `${kept}.new`, '.');
    renameSync(`${kept}.new`, kept);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return kept;
}

/** A Debian that runs beside this one, with the same network. Ended once, by `end`. */
export class BootedDebian {
  readonly root: string;
  readonly #child: ChildProcess;
  readonly #gone: Promise<unknown>;

  /** Rejects with what kept it from booting. */
  static async boot(): Promise<BootedDebian> {
    const booted = new BootedDebian(unpackDebian(withSystemd()));
    const until = AbortSignal.timeout(PATIENCE);
    while (!until.aborted && booted.#child.exitCode === null) {
      const { stdout } = booted.inside('systemctl', 'is-system-running');
      if (/^(?:running|degraded)$/m.test(stdout)) return booted;
      await delay(200);
    }
    await booted.end();
    throw new Error('systemd does not boot in a namespace of its own here');
  }

  private constructor(root: string) {
    this.root = root;
    this.#child = spawn('sh', [BOOT, root, GROUP], { stdio: 'ignore' });
    this.#gone = once(this.#child, 'exit');
  }

  /** Runs a command in it to its end, as its root. */
  inside(...command: string[]): Outcome {
    const init = this.#init();
    if (init === null) return { status: null, stdout: '', stderr: 'has not booted' };
    const into = ['--target', init, '--mount', '--pid', '--uts', '--ipc', '--cgroup', '--root', '--wd', '--'];
    const env = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', DEBIAN_FRONTEND: 'noninteractive' };
    const { status, stdout, stderr } = spawnSync(findProgram('nsenter')!, [...into, ...command], {
      env,
      encoding: 'utf8',
      timeout: PATIENCE,
    });
    return { status, stdout, stderr };
  }

  /** The process that is number 1 in it: the only child of `unshare`, once that is systemd. */
  #init(): string | null {
    const { pid } = this.#child;
    try {
      const [child = ''] = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ');
      return readFileSync(`/proc/${child}/comm`, 'utf8') === 'systemd\n' ? child : null;
    } catch {
      return null;
    }
  }

  /** All of it at once, as a machine whose plug is pulled. */
  async end(): Promise<void> {
    const init = this.#init();
    if (init !== null) process.kill(Number(init), 'SIGKILL');
    this.#child.kill('SIGKILL');
    await this.#gone;
    await removeGroup();
    rmSync(this.root, { recursive: true, force: true });
  }
}

/** No folder of a cgroup is removed with what is in it, which are no files, nor while its last processes end. */
async function removeGroup(): Promise<void> {
  const folders = ['/sys/fs/cgroup/systemd', '/sys/fs/cgroup'].map((at) => join(at, GROUP));
  const until = AbortSignal.timeout(PATIENCE);
  for (const folder of folders) {
    while (existsSync(folder) && !until.aborted) {
      spawnSync('find', [folder, '-depth', '-type', 'd', '-exec', 'rmdir', '{}', ';']);
      await delay(100);
    }
  }
}
