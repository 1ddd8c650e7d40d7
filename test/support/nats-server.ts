import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

// Debian installs it where a user's PATH often does not look.
const CANDIDATES = ['nats-server', '/usr/sbin/nats-server', '/usr/local/bin/nats-server'];

export interface NatsServerOptions {
  /** Default 0: a free one. */
  readonly port?: number;
  readonly user?: string;
  readonly pass?: string;
  /** PEM; with them the server wants TLS, and a certificate of each client that `ca` signed. */
  readonly tls?: { readonly cert: string; readonly key: string; readonly ca: string };
  /** More of the command line. */
  readonly args?: readonly string[];
}

export interface NatsServer {
  readonly pid: number;
  readonly port: number;
  /** Resolves when the process is gone; may be called again. */
  close(): Promise<void>;
}

/** The command to run, or `undefined` when nats-server is not installed. */
export function findNatsServer(): string | undefined {
  return CANDIDATES.find((command) => spawnSync(command, ['--version']).status === 0);
}

/** Resolves when the server takes connections on 127.0.0.1; rejects with its last line when it gives up. */
export async function startNatsServer(options: NatsServerOptions = {}): Promise<NatsServer> {
  const command = findNatsServer();
  if (command === undefined) throw new Error('nats-server is not installed');
  const args = ['--addr', '127.0.0.1', '--port', String(options.port || -1)];
  if (options.user !== undefined) args.push('--user', options.user, '--pass', options.pass ?? '');
  const { tls } = options;
  if (tls !== undefined) {
    const files = temporaryFiles(tls);
    args.push('--tlsverify', '--tlscert', files.cert, '--tlskey', files.key, '--tlscacert', files.ca);
  }
  args.push(...(options.args ?? []));
  const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  const gone = once(child, 'exit');
  const kill = () => child.kill('SIGKILL');
  process.on('exit', kill);
  const port = await readPort(child);
  return {
    pid: child.pid!,
    port,
    async close() {
      kill();
      await gone;
      process.off('exit', kill);
    },
  };
}

/** Files with these contents, gone when this process is. */
function temporaryFiles<Name extends string>(texts: Readonly<Record<Name, string>>): Record<Name, string> {
  const directory = mkdtempSync(join(tmpdir(), 'cellgate-nats-'));
  process.on('exit', () => rmSync(directory, { recursive: true, force: true }));
  const paths = Object.entries<string>(texts).map(([name, text]) => {
    const path = join(directory, name);
    writeFileSync(path, text);
    return [name, path];
  });
  return Object.fromEntries(paths);
}

function readPort(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    const lines = createInterface({ input: child.stderr! });
    let port = 0;
    let last = '';
    lines.on('line', (line) => {
      port = Number(/Listening for client connections on .*:(\d+)$/.exec(line)?.[1] ?? port);
      if (line.includes('Server is ready')) resolve(port);
      last = line;
    });
    lines.on('close', () => reject(new Error(`nats-server did not start: ${last}`)));
  });
}
