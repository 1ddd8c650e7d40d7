import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { configFile } from './cellgate-process.ts';
import { freePort } from './free-port.ts';
import { RawClient } from './raw-http.ts';

// Debian installs it where a user's PATH often does not look.
const CANDIDATES = ['haproxy', '/usr/sbin/haproxy', '/usr/local/sbin/haproxy'];

interface Ending {
  onTestFinished(done: () => unknown): void;
}

/** Ports of a router that is behind it. */
interface Behind {
  readonly http: number;
  readonly health: number;
}

/** The command to run, or `undefined` when HAProxy is not installed. */
export function findHaproxy(): string | undefined {
  return CANDIDATES.find((command) => spawnSync(command, ['-v']).status === 0);
}

/** Starts HAProxy with deploy/haproxy.cfg, other addresses apart; resolves with its port once it takes connections. */
export async function startShippedHaproxy(t: Ending, routers: readonly Behind[]): Promise<number> {
  const port = await freePort();
  const shipped = readFileSync(new URL('../../deploy/haproxy.cfg', import.meta.url), 'utf8');
  const servers = routers.map(
    ({ http, health }, index) => `  server router-${index} 127.0.0.1:${http} port ${health}`,
  );
  const text = replaced(
    replaced(shipped, /^ {2}bind :80$/m, `  bind 127.0.0.1:${port}`),
    /^ {2}server router-0 .*$/m,
    servers.join('\n'),
  );
  const child = spawn(findHaproxy()!, ['-db', '-f', configFile(t, text)], { stdio: 'ignore' });
  const gone = once(child, 'exit');
  t.onTestFinished(async () => {
    child.kill('SIGKILL');
    await gone;
  });
  await untilOpen(child, port);
  return port;
}

function replaced(text: string, line: RegExp, by: string): string {
  if (!line.test(text)) throw new Error(`deploy/haproxy.cfg has no ${line}`);
  return text.replace(line, by);
}

async function untilOpen(child: ChildProcess, port: number): Promise<void> {
  while (child.exitCode === null) {
    const client = await RawClient.connect(port).catch(() => null);
    if (client !== null) return client.close();
    await new Promise(setImmediate);
  }
  throw new Error('HAProxy does not take deploy/haproxy.cfg');
}
