import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

// Debian installs it where a user's PATH often does not look.
const CANDIDATES = ['nats-server', '/usr/sbin/nats-server', '/usr/local/bin/nats-server'];

export interface NatsServerOptions {
  /** Default 0: a free one. */
  readonly port?: number;
  readonly user?: string;
  readonly pass?: string;
}

export interface NatsServer {
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
  const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  const gone = once(child, 'exit');
  const kill = () => child.kill('SIGKILL');
  process.on('exit', kill);
  const port = await readPort(child);
  return {
    port,
    async close() {
      kill();
      await gone;
      process.off('exit', kill);
    },
  };
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
