import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { type TestContext, test } from 'vitest';

const MODULE = new URL('../../src/cli/early-drain.ts', import.meta.url).href;

/** A process that does nothing until its standard input ends, and only then looks whether SIGUSR1 has come. */
function start(t: TestContext, ...flags: string[]): ChildProcess {
  const script = `
    console.log('runs');
    process.stdin.resume().on('end', async () => {
      const { heedEarlyDrain } = await import(${JSON.stringify(MODULE)});
      heedEarlyDrain(() => console.log('drain'));
      setTimeout(() => console.log('over'), 1500);
    });`;
  const child = spawn(process.execPath, [...flags, '--input-type=module', '-e', script]);
  t.onTestFinished(() => void child.kill('SIGKILL'));
  return child;
}

async function linesOf(child: ChildProcess): Promise<string[]> {
  child.stdin!.end();
  const lines: string[] = [];
  for await (const line of createInterface({ input: child.stdout! })) lines.push(line);
  return lines;
}

/** The port that Node has opened for debuggers; asked for by a signal, it is always this one. */
async function opened(child: ChildProcess): Promise<number> {
  for await (const line of createInterface({ input: child.stderr! })) {
    const [, port] = /^Debugger listening on ws:\/\/127\.0\.0\.1:(\d+)\//.exec(line) ?? [];
    if (port !== undefined) return Number(port);
    if (line.includes('address already in use')) return 0;
  }
  throw new Error('it has opened none');
}

test('a SIGUSR1 from before anybody listened drains, and leaves no port for debuggers', async (t) => {
  const child = start(t, '--inspect-port=0');
  await once(child.stdout!, 'data');
  child.kill('SIGUSR1');
  const port = await opened(child);
  assert.deepEqual(await linesOf(child), ['drain', 'over']);
  const socket = connect(port, '127.0.0.1');
  await assert.rejects(once(socket, 'connect'), { code: 'ECONNREFUSED' });
});

test('without a signal nothing drains', async (t) => {
  const child = start(t);
  await once(child.stdout!, 'data');
  assert.deepEqual(await linesOf(child), ['over']);
});

test('a port for debuggers that somebody has asked for stays', async (t) => {
  const child = start(t, '--inspect=127.0.0.1:0');
  await once(child.stdout!, 'data');
  await opened(child);
  assert.deepEqual(await linesOf(child), ['over']);
});
