import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Teardown } from './teardown.ts';

const START_MS = 5000;

/** Runs `command` with a configuration file until the teardown; resolves when it takes connections on `port`. */
export async function startDaemon(
  teardown: Teardown,
  command: string,
  args: (directory: string, config: string) => readonly string[],
  configuration: (directory: string) => string,
  port: number,
): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'cellgate-fuzz-'));
  const config = join(directory, 'configuration');
  writeFileSync(config, configuration(directory));
  const child = spawn(command, args(directory, config), {
    stdio: ['ignore', 'ignore', 'pipe'],
    detached: true,
  });
  let words = '';
  child.stderr.on('data', (chunk: Buffer) => {
    words = (words + chunk.toString()).slice(-2000);
  });
  const gone = once(child, 'exit');
  // The whole group: a killed nginx leaves its worker behind.
  const kill = () => {
    if (child.exitCode === null && child.signalCode === null) process.kill(-child.pid!, 'SIGKILL');
    rmSync(directory, { recursive: true, force: true });
  };
  process.on('exit', kill);
  teardown.after(async () => {
    process.off('exit', kill);
    kill();
    await gone;
  });
  const end = performance.now() + START_MS;
  while (!(await answers(port))) {
    if (child.exitCode !== null || performance.now() > end) {
      throw new Error(`${command} did not start: ${words.trim() || 'no message'}`);
    }
    await delay(20);
  }
}

async function answers(port: number): Promise<boolean> {
  const socket = connect({ port, host: '127.0.0.1' });
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
