import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants, openSync, readSync } from 'node:fs';
import { mkdtemp, readFile, rename, rm, stat, watch, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { describe, type TestContext, test } from 'vitest';
import { AccessLogFile, NO_ACCESS_LOG } from '../../src/telemetry/access-log.ts';
import type { AccessLogWriterData } from '../support/access-log-writer.ts';

async function folder(t: TestContext): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'access-log-'));
  t.onTestFinished(() => rm(path, { recursive: true }));
  return path;
}

function write(data: AccessLogWriterData): Promise<unknown> {
  return once(
    new Worker(new URL('../support/access-log-writer.ts', import.meta.url), { workerData: data }),
    'exit',
  );
}

async function linesOf(path: string): Promise<string[]> {
  const lines = (await readFile(path, 'latin1')).split('\n');
  assert.equal(lines.pop(), '', 'the last line has its line feed');
  return lines;
}

/** Writes lines of 1 KiB and lets the file do its work now and then. */
async function writeLines(log: AccessLogFile, lines: number): Promise<void> {
  for (let written = 1; written <= lines; written++) {
    log.write('x'.repeat(1023));
    if (written % 10 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
}

function numberOf(line: string): number {
  return Number(line.split(' ')[1]);
}

/** The first of these lines that is not what this writer wrote, in its place. */
function firstWrong(lines: readonly string[], name: string, length: number): string | undefined {
  return lines.find((line, at) => line !== `${name} ${at} ${'\xe9'.repeat(length)}`);
}

/** Resolves with what the file holds once it holds something. */
async function contents(path: string): Promise<string> {
  const aborting = new AbortController();
  const changes = watch(path, { signal: aborting.signal })[Symbol.asyncIterator]();
  for (;;) {
    const changed = changes.next();
    const text = await readFile(path, 'latin1');
    if (text !== '') {
      aborting.abort();
      await changed.catch(() => {});
      return text;
    }
    await changed;
  }
}

describe('an access log', () => {
  test('has every line, whole and in order, once it is closed', async (t) => {
    const path = join(await folder(t), 'access.log');
    await write({ path, name: 'a', lines: 1000, length: 100, exit: false });
    const written = await linesOf(path);
    assert.equal(written.length, 1000);
    assert.equal(firstWrong(written, 'a', 100), undefined);
    assert.equal((await stat(path)).mode & 0o777, 0o644 & ~process.umask());
  });

  test('§6.6 is appended to', async (t) => {
    const path = join(await folder(t), 'access.log');
    await writeFile(path, 'before\n');
    await write({ path, name: 'a', lines: 1, length: 0, exit: false });
    assert.equal(await readFile(path, 'latin1'), 'before\na 0 \n');
  });

  test('loses nothing when its thread ends as soon as it is closed', async (t) => {
    const path = join(await folder(t), 'access.log');
    await write({ path, name: 'a', lines: 5099, length: 150, exit: true });
    const written = (await linesOf(path)).sort((left, right) => numberOf(left) - numberOf(right));
    assert.equal(written.length, 5099);
    assert.equal(firstWrong(written, 'a', 150), undefined);
  });

  test('shared by several threads has only whole lines', async (t) => {
    const path = join(await folder(t), 'access.log');
    const names = ['a', 'b', 'c'];
    await Promise.all(names.map((name) => write({ path, name, lines: 3000, length: 120, exit: false })));
    const written = await linesOf(path);
    assert.equal(written.length, 9000);
    for (const name of names) {
      const own = written.filter((line) => line.startsWith(name));
      assert.equal(firstWrong(own, name, 120), undefined);
      assert.equal(own.length, 3000);
    }
  });

  test('takes a line of any length', async (t) => {
    const path = join(await folder(t), 'access.log');
    const log = new AccessLogFile(path, () => assert.fail('dropped'));
    const lines = [0, 1, 32_767, 32_768, 5, 100_000, 0, 3].map((length) => 'x'.repeat(length));
    for (const line of lines) log.write(line);
    await log.close();
    assert.deepEqual(
      (await linesOf(path)).map((line) => line.length),
      lines.map((line) => line.length),
    );
  });

  test('takes a line of thin traffic to the file without being closed', async (t) => {
    const path = join(await folder(t), 'access.log');
    await writeFile(path, '');
    const log = new AccessLogFile(path, () => assert.fail('dropped'));
    t.onTestFinished(() => log.close());
    log.write('the only one');
    assert.equal(await contents(path), 'the only one\n');
  });

  test('§6.6 X13 drops whole batches, and counts their lines, while the file does not take them', async (t) => {
    const path = join(await folder(t), 'access.log');
    let dropped = 0;
    const log = new AccessLogFile(path, (lines) => {
      dropped += lines;
    });
    // All in the turn in which the file is yet to be opened.
    for (let written = 0; written < 10_240; written++) log.write('x'.repeat(1023));
    await log.close();
    assert.equal(dropped, 2048, 'what is beyond 8 MiB');
    assert.equal((await linesOf(path)).length, 10_240 - dropped);
  });

  test('X13 on a full disk is no reason to stop, nor to wait when it is closed', async () => {
    const log = new AccessLogFile('/dev/full', () => {});
    await writeLines(log, 100);
    await log.close();
  });

  test('X13 where no file can be drops its lines, and closes', async (t) => {
    let dropped = 0;
    const log = new AccessLogFile(join(await folder(t), 'missing', 'access.log'), (lines) => {
      dropped += lines;
    });
    while (dropped === 0) await writeLines(log, 10);
    await log.close();
  });

  test('drops and counts what comes after it was closed', async (t) => {
    const path = join(await folder(t), 'access.log');
    let dropped = 0;
    const log = new AccessLogFile(path, (lines) => {
      dropped += lines;
    });
    log.write('in time');
    await log.close();
    while (dropped === 0) await writeLines(log, 10);
    assert.equal(await readFile(path, 'latin1'), 'in time\n');
  });

  test('that is none takes anything', async () => {
    NO_ACCESS_LOG.write('x');
    await NO_ACCESS_LOG.close();
  });
});

test('lines go on in a new file of the same name after the old one was moved away and it is told to reopen', async (t) => {
  const directory = await folder(t);
  const path = join(directory, 'access.log');
  await writeFile(path, '');
  const log = new AccessLogFile(path, () => {});
  t.onTestFinished(() => log.close());
  log.write('before');
  assert.equal(await contents(path), 'before\n');
  await rename(path, `${path}.1`);
  log.reopen();
  log.write('after');
  await log.close();
  assert.equal(await readFile(`${path}.1`, 'latin1'), 'before\n');
  assert.equal(await readFile(path, 'latin1'), 'after\n');
});

test('a file that was removed without a word is noticed', { timeout: 60_000 }, async (t) => {
  const directory = await folder(t);
  const path = join(directory, 'access.log');
  await writeFile(path, '');
  const log = new AccessLogFile(path, () => {});
  t.onTestFinished(() => log.close());
  log.write('before');
  await contents(path);
  await rm(path);
  while (!(await stat(path).catch(() => null))) await new Promise((resolve) => setTimeout(resolve, 50));
  log.write('after');
  await log.close();
  assert.equal(await readFile(path, 'latin1'), 'after\n');
});

test('a pipe is written on to when it is told to reopen', async (t) => {
  const path = join(await folder(t), 'access.log');
  execFileSync('mkfifo', [path]);
  const reader = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
  t.onTestFinished(() => closeSync(reader));
  const log = new AccessLogFile(path, () => {});
  log.write('before');
  log.reopen();
  log.write('after');
  await log.close();
  const bytes = Buffer.alloc(100);
  assert.equal(bytes.toString('latin1', 0, readSync(reader, bytes)), 'before\nafter\n');
});
