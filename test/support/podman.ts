import { type ChildProcess, execFile, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { findProgram } from '../../bench/find-program.ts';

interface Ending {
  onTestFinished(done: () => unknown): void;
}

const IMAGE = 'cellgate-application';
/** Where limits are fixed an engine's own, higher ones are refused. */
const LIMITS = ['--ulimit', 'nofile=1024:1024', '--ulimit', 'nproc=4096:4096'];
const run = promisify(execFile);

/**
 * An application that says which it is. Told to stop it goes on serving for `GRACE` milliseconds, as one behind a load
 * balancer should: whoever sends requests hears of it a moment later.
 */
const APPLICATION = `
const { createServer } = require('node:http');
const { NAME, GRACE = '0', PORT = '8080' } = process.env;
const server = createServer((request, response) => response.end(NAME + ' ' + request.url.slice(1)));
server.keepAliveTimeout = 60000;
server.listen(Number(PORT));
process.on('SIGTERM', () => setTimeout(() => {
  server.close(() => process.exit());
  server.closeIdleConnections();
}, Number(GRACE)));
`;

/** False: containers can be run here; else one sentence. */
export function whyNoPodman(): string | false {
  if (process.getuid!() !== 0) return 'containers with addresses of their own need root';
  for (const program of ['podman', 'runc', 'ldd']) {
    if (findProgram(program) === undefined) return `${program} is not installed`;
  }
  const folder = mkdtempSync(join(tmpdir(), 'cellgate-podman-'));
  try {
    const { status, stderr } = spawnSync('podman', [...storage(folder), 'info'], { encoding: 'utf8' });
    return status !== 0 && `podman does not work here: ${stderr.trim().split('\n').at(-1)}`;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Podman with a storage of its own, and one image: this very Node with an application. */
export class Podman {
  readonly socket: string;
  readonly #folder: string;
  readonly #networks: string[] = [];
  readonly #node = realpathSync(process.execPath);
  #service: ChildProcess | null = null;

  static async start(t: Ending): Promise<Podman> {
    const podman = new Podman(mkdtempSync(join(tmpdir(), 'cellgate-podman-')));
    t.onTestFinished(() => podman.#close());
    podman.#makeImage();
    await podman.startService();
    return podman;
  }

  private constructor(folder: string) {
    this.#folder = folder;
    this.socket = join(folder, 'podman.sock');
  }

  /** The API, which only tells of containers: they run without it. */
  async startService(): Promise<void> {
    const args = [...storage(this.#folder), 'system', 'service', '--time', '0', `unix://${this.socket}`];
    this.#service = spawn('podman', args, { stdio: 'ignore' });
    while (!(await isAnswered(this.socket))) await new Promise((resolve) => setTimeout(resolve, 20));
  }

  async stopService(): Promise<void> {
    const service = this.#service;
    this.#service = null;
    if (service === null || service.exitCode !== null) return;
    service.kill('SIGKILL');
    await once(service, 'close');
    rmSync(this.socket, { force: true });
  }

  /** An address of this machine that is no loopback: that of the engine's own bridge. */
  get machine(): string {
    const format = '{{(index .Subnets 0).Gateway}}';
    const args = ['network', 'inspect', 'podman', '--format', format];
    return execFileSync('podman', [...storage(this.#folder), ...args], { encoding: 'utf8' }).trim();
  }

  /** Makes a network of its own, and answers with its name. */
  async network(): Promise<string> {
    const name = `cellgate-${process.pid}`;
    await this.do('network', 'create', '--subnet', `10.89.${process.pid % 250}.0/24`, name);
    this.#networks.push(name);
    return name;
  }

  /** What it prints. */
  async do(...args: string[]): Promise<string> {
    const { stdout } = await run('podman', [...storage(this.#folder), ...args]);
    return stdout.trim();
  }

  /** Starts the application in a container of this name, with these labels and options. */
  async run(name: string, labels: Readonly<Record<string, string>>, ...options: string[]): Promise<string> {
    const labelled = Object.entries(labels).flatMap(([label, value]) => ['--label', `${label}=${value}`]);
    const program = ['--volume', `${this.#node}:/bin/node:ro`, '--env', `NAME=${name}`];
    const all = ['--detach', '--name', name, ...LIMITS, ...program, ...labelled, ...options];
    return this.do('run', ...all, IMAGE, '/bin/node', '/application.cjs');
  }

  /** What the binary is linked with, and the application; Node itself, which is large, is mounted. */
  #makeImage(): void {
    const root = join(this.#folder, 'image');
    const linked = execFileSync('ldd', [this.#node], { encoding: 'utf8' });
    for (const [library] of linked.matchAll(/\/[^ ]+/g)) {
      mkdirSync(join(root, dirname(library)), { recursive: true });
      cpSync(realpathSync(library), join(root, library));
    }
    for (const folder of ['bin', 'tmp', 'etc']) mkdirSync(join(root, folder), { recursive: true });
    writeFileSync(join(root, 'application.cjs'), APPLICATION);
    const tar = join(this.#folder, 'image.tar');
    execFileSync('tar', ['-C', root, '-cf', tar, '.']);
    const imported = ['import', '--change', 'EXPOSE 8080', tar, IMAGE];
    execFileSync('podman', [...storage(this.#folder), ...imported], { stdio: 'pipe' });
  }

  async #close(): Promise<void> {
    await this.stopService();
    await this.do('rm', '--all', '--force', '--time', '0').catch(() => {});
    for (const name of this.#networks) {
      await this.do('network', 'rm', '--force', name).catch(() => {});
      // Which of its addresses were given out is left behind.
      rmSync(join('/var/lib/cni/networks', name), { recursive: true, force: true });
    }
    const mounted = join(this.#folder, 'root/overlay');
    if (existsSync(mounted)) spawnSync('umount', [mounted], { stdio: 'ignore' });
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

function storage(folder: string): string[] {
  return [
    ...['--root', join(folder, 'root'), '--runroot', join(folder, 'run')],
    ...['--network-config-dir', join(folder, 'networks'), '--runtime', 'runc'],
  ];
}

function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect(path);
    probe.once('connect', () => {
      probe.destroy();
      resolve(true);
    });
    probe.once('error', () => resolve(false));
  });
}
