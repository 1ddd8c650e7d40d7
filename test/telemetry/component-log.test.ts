import assert from 'node:assert/strict';
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { test } from 'vitest';
import { type ComponentLogOptions, createComponentLog } from '../../src/telemetry/component-log.ts';
import { temporaryDirectory } from '../support/cellgate-process.ts';

function collected(options: Partial<ComponentLogOptions> = {}) {
  const lines: string[] = [];
  let flushes = 0;
  const log = createComponentLog({
    level: 'debug',
    source: 'gorouter',
    timestampFormat: 'unix-epoch',
    destination: { write: (line) => lines.push(line), flush: () => flushes++ },
    ...options,
  });
  return { log, lines, last: () => JSON.parse(lines.at(-1) ?? ''), flushes: () => flushes };
}

test("§6.7 a line has gorouter's fields in gorouter's order", () => {
  const { log, lines } = collected();
  log.info('starting');
  log.child('registry').warn('pruned-route', { uri: 'a.b', endpoints: ['1.2.3.4:80'] });
  assert.match(
    lines[0]!,
    /^\{"log_level":1,"timestamp":\d+\.\d+,"message":"starting","source":"gorouter","data":\{\}\}\n$/,
  );
  assert.match(
    lines[1]!,
    /^\{"log_level":2,"timestamp":[\d.]+,"message":"pruned-route","source":"gorouter\.registry","data":\{"uri":"a\.b","endpoints":\["1\.2\.3\.4:80"\]\}\}\n$/,
  );
});

test('§6.7 levels are numbered from debug, and those below the wanted one are left out', () => {
  const { log, lines } = collected();
  for (const level of ['debug', 'info', 'warn', 'error', 'fatal'] as const) log[level](level);
  assert.deepEqual(
    lines.map((line) => JSON.parse(line).log_level),
    [0, 1, 2, 3, 4],
  );

  const quiet = collected({ level: 'error' });
  for (const level of ['debug', 'info', 'warn', 'error', 'fatal'] as const)
    quiet.log.child('x')[level](level);
  assert.deepEqual(
    quiet.lines.map((line) => JSON.parse(line).message),
    ['error', 'fatal'],
  );
});

test('§6.3 lines are counted by level, over the log and its parts; those that are left out are not', () => {
  const { log } = collected({ level: 'info' });
  log.debug('left out');
  log.info('one');
  log.child('registry').info('two');
  log.error('three');
  assert.deepEqual(log.counts, [0, 2, 0, 1, 0]);
  log.setLevel('debug');
  log.child('registry').debug('four');
  assert.deepEqual(log.counts, [1, 2, 0, 1, 0]);
});

test('§6.7 the time is epoch seconds or RFC 3339 with nanoseconds', () => {
  const before = Date.now() / 1000;
  const epoch = collected();
  epoch.log.info('x');
  assert.ok(epoch.last().timestamp >= before - 0.01 && epoch.last().timestamp <= Date.now() / 1000 + 0.01);

  const rfc3339 = collected({ timestampFormat: 'rfc3339' });
  rfc3339.log.info('x');
  assert.match(rfc3339.last().timestamp, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$/);
  assert.ok(Math.abs(Date.parse(rfc3339.last().timestamp) - Date.now()) < 1000);
});

test('an error becomes its text', () => {
  const { log, last } = collected();
  log.error('x', { error: new Error('connection refused'), port: 1 });
  assert.deepEqual(last().data, { error: 'connection refused', port: 1 });
  log.error('x', { error: Object.assign(new AggregateError([]), { code: 'ECONNREFUSED' }) });
  assert.deepEqual(last().data, { error: 'ECONNREFUSED' });
  log.error('x', { error: 'text' });
  assert.deepEqual(last().data, { error: 'text' });
});

test('line breaks in what is logged stay inside their line', () => {
  const { log, lines } = collected();
  log.info('a\nb', { 'k\n': 'v\r\n{"log_level":4}' });
  assert.equal(lines[0]!.indexOf('\n'), lines[0]!.length - 1);
});

test('nothing that is logged can throw', () => {
  const { log, last } = collected();
  const circle: Record<string, unknown> = { big: 10n };
  circle['self'] = circle;
  log.info('circle', circle);
  assert.equal(last().message, 'circle');
  const hostile = {
    get error() {
      throw new Error('no');
    },
  };
  log.info('hostile', hostile);
  const broken = collected({
    destination: {
      write() {
        throw new Error('closed');
      },
      flush() {},
    },
  });
  broken.log.info('x');
});

test('a fatal line is flushed', () => {
  const { log, flushes } = collected();
  log.error('x');
  assert.equal(flushes(), 0);
  log.fatal('x');
  assert.equal(flushes(), 1);
});

const MODULE = JSON.stringify(new URL('../../src/telemetry/component-log.ts', import.meta.url).href);
const CREATE = `
  const { createComponentLog } = await import(${MODULE});
  const log = createComponentLog({ level: 'info', source: 'gorouter', timestampFormat: 'rfc3339' });`;

function run(code: string): ChildProcessByStdio<null, Readable, Readable> {
  const args = ['--input-type=module', '-e', `${CREATE}\n${code}`];
  return spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
}

test('all that was logged before a fatal line is on standard output when the process exits at once', async () => {
  const child = run(
    `for (let i = 0; i < 500; i++) log.info('line', { i }); log.fatal('bye'); process.exit(1);`,
  );
  const lines = (await text(child.stdout)).trimEnd().split('\n');
  assert.equal(lines.length, 501);
  for (const line of lines) JSON.parse(line);
});

test('the lines of several threads do not mix', async () => {
  const child = run(`
    const { Worker } = await import('node:worker_threads');
    const code = ${JSON.stringify(`void (async () => { ${CREATE}
      for (let i = 0; i < 2000; i++) log.info('line', { pad: 'x'.repeat(i % 700) });
      log.flush(); })();`)};
    for (let i = 0; i < 3; i++) new Worker(code, { eval: true });
    for (let i = 0; i < 2000; i++) log.info('line', { pad: 'y'.repeat(i % 700) });`);
  const lines = (await text(child.stdout)).trimEnd().split('\n');
  assert.equal(lines.length, 8000);
  for (const line of lines) assert.equal(JSON.parse(line).message, 'line');
});

test('a closed pipe neither ends nor holds the process', async () => {
  const child = run(`
    for (let i = 0; i < 100; i++) {
      log.info('line', { pad: 'x'.repeat(1000) });
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    log.flush();
    log.fatal('x');
    process.stderr.write('alive');`);
  child.stdout.destroy();
  const exited = once(child, 'exit');
  assert.equal(await text(child.stderr), 'alive');
  assert.deepEqual(await exited, [0, null]);
});

test('without a reader lines are lost, not memory, and the loss is told once there is one', async () => {
  const child = run(`
    for (let i = 0; i < 25000; i++) {
      if (i % 100 === 0) await new Promise(setImmediate);
      log.info('line', { pad: 'x'.repeat(1000) });
    }
    process.stderr.write('written');`);
  await once(child.stderr, 'data');
  const lines = (await text(child.stdout)).trimEnd().split('\n');
  const last = JSON.parse(lines.at(-1)!);
  assert.equal(last.message, 'component-log-lines-lost');
  assert.equal(lines.length - 1 + last.data.lines, 25_000);
});

test('what waits for a reader that is stuck takes no more memory than it is long', async (t) => {
  const child = run(`
    for (let i = 0; i < 20_000; i++) {
      log.info('line', { pad: 'x'.repeat(1300) });
      await new Promise(setImmediate);
    }
    process.stderr.write(String(process.memoryUsage().arrayBuffers));`);
  t.onTestFinished(() => void child.kill('SIGKILL'));
  const [told] = await once(child.stderr, 'data');
  // 16 MiB may wait.
  assert.ok(Number(told) < 20 * (1 << 20), String(told));
});

test('a file takes all that is said in a burst, however many turns it goes on', async (t) => {
  const path = join(temporaryDirectory(t), 'log');
  const file = openSync(path, 'w');
  // As much in a turn as the router says of the new routes that it reads in one.
  const code = `${CREATE}
    for (let i = 0; i < 60_000; i++) {
      if (i % 2000 === 0) await new Promise(setImmediate);
      log.info('line', { pad: 'x'.repeat(1000) });
    }
    await log.settle();`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], {
    stdio: ['ignore', file, 'inherit'],
  });
  closeSync(file);
  assert.deepEqual(await once(child, 'exit'), [0, null]);
  const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
  assert.equal(lines.length, 60_000);
  for (const line of lines) assert.equal(JSON.parse(line).message, 'line');
});

test('a line costs the same however much waits before it', async (t) => {
  const path = join(temporaryDirectory(t), 'log');
  const file = openSync(path, 'w');
  const code = `${CREATE}
    const cpuOf = (lines) => {
      const { user, system } = process.cpuUsage();
      for (let i = 0; i < lines; i++) log.info('line', { i });
      const used = process.cpuUsage();
      return (used.user + used.system - user - system) / lines;
    };
    cpuOf(4000);
    await log.settle();
    process.stderr.write(String(cpuOf(40_000)));`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], {
    stdio: ['ignore', file, 'pipe'],
  });
  closeSync(file);
  const microseconds = Number(await text(child.stderr!));
  // Text that waits was measured anew with each line: 360 us.
  assert.ok(microseconds < 25, `${microseconds} us a line`);
});

test("§7.1 in lager's shape a line has its fields and levels, and a part is a session of the whole", () => {
  const { log, lines } = collected({ shape: 'lager', source: 'tcp-router' });
  log.info('starting');
  const watcher = log.child('watcher');
  watcher.error('invalid-oauth-token', { error: new Error('unauthorized') });
  log.child('bulk-sync').debug('fetched-tcp-routes', { 'num-routes': 2 });
  watcher.child('deeper').warn('odd');
  log.fatal('initialize-token-fetcher');
  assert.deepEqual(
    lines.map((line) => line.replace(/^\{"timestamp":"\d{10}\.\d{9}",/, '')),
    [
      '"source":"tcp-router","message":"tcp-router.starting","log_level":1,"data":{}}\n',
      '"source":"tcp-router","message":"tcp-router.watcher.invalid-oauth-token","log_level":2,"data":{"error":"unauthorized","session":"1"}}\n',
      '"source":"tcp-router","message":"tcp-router.bulk-sync.fetched-tcp-routes","log_level":0,"data":{"num-routes":2,"session":"2"}}\n',
      '"source":"tcp-router","message":"tcp-router.watcher.deeper.odd","log_level":2,"data":{"session":"1.1"}}\n',
      '"source":"tcp-router","message":"tcp-router.initialize-token-fetcher","log_level":3,"data":{}}\n',
    ],
  );
});

test("§7.1 with RFC 3339 lager's lines name their level", () => {
  const { log, lines } = collected({ shape: 'lager', source: 'tcp-router', timestampFormat: 'rfc3339' });
  log.info('started');
  log.child('watcher').warn('odd');
  const [info, warn] = lines.map((line) => line.replace(/"\d{4}-\d\d-\d\dT[\d:.]+Z"/, 'TIME'));
  assert.equal(
    info,
    '{"timestamp":TIME,"level":"info","source":"tcp-router","message":"tcp-router.started","data":{}}\n',
  );
  assert.match(warn!, /^\{"timestamp":TIME,"level":"error",.*"data":\{"session":"1"\}\}\n$/);
});
