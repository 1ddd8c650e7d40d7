import assert from 'node:assert/strict';
import { mkdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'vitest';
import { GlobSource } from '../../src/agent/glob-source.ts';
import { temporaryDirectory } from '../support/cellgate-process.ts';
import { ToldLog } from '../support/told-log.ts';

function route(name: string): string {
  return `{name: ${name}, port: 80, uris: [${name}.test], registration_interval: 20s}`;
}

/** A source for `jobs/X/routes.yml` of a folder, and what it wants. */
function bed(t: TestContext, interval = 3_600_000, settle = 1_000) {
  const folder = temporaryDirectory(t);
  const log = new ToldLog();
  const wanted: string[][] = [];
  let heard = () => {};
  const source = new GlobSource({
    globs: [join(folder, 'jobs/*/routes.yml'), join(folder, '*.yml')],
    defaults: { host: '10.0.0.5', availabilityZone: '', instanceId: 'id' },
    interval,
    settle,
    log,
  });
  t.onTestFinished(() => source.stop());
  return {
    folder,
    log,
    source,
    start: () =>
      source.start((routes) => {
        wanted.push(routes.map(({ route: { name } }) => name));
        heard();
      }),
    write(path: string, text: string): void {
      mkdirSync(join(folder, path, '..'), { recursive: true });
      writeFileSync(join(folder, path), text);
    },
    last: () => wanted.at(-1),
    all: () => wanted,
    looked: () => new Promise<void>((resolve) => (heard = resolve)),
    async wants(names: string): Promise<void> {
      while (wanted.at(-1)?.join() !== names) await new Promise<void>((resolve) => (heard = resolve));
    },
  };
}

test('files are looked at again and again', async (t) => {
  const { write, start, wants } = bed(t, 20);
  start();
  await wants('');
  write('jobs/a/routes.yml', `routes: [${route('one')}]`);
  await wants('one');
  write('jobs/b/routes.yml', `routes: [${route('two')}, ${route('three')}]`);
  await wants('one,two,three');
});

test('a file that two globs lead to is read once', (t) => {
  const { write, start, last } = bed(t);
  write('x.yml', `routes: [${route('one')}]`);
  write('jobs/a/routes.yml', `routes: [${route('two')}]`);
  start();
  assert.deepEqual(last(), ['two', 'one']);
});

test('a wrong route is told once, and costs itself alone', (t) => {
  const { write, start, last, log, source } = bed(t);
  write('x.yml', `routes: [${route('one')}, {name: bad}]`);
  start();
  source.look();
  assert.deepEqual(last(), ['one']);
  assert.equal(log.of('failed-to-parse-route').length, 1);
});

test('of a file that breaks, or that cannot be read, what it said before holds until it is gone', (t) => {
  const { folder, write, start, last, log, source } = bed(t);
  write('x.yml', `routes: [${route('one')}]`);
  start();
  write('x.yml', 'routes: [');
  source.look();
  source.look();
  assert.deepEqual(last(), ['one']);
  assert.equal(log.of('failed-to-parse-file').length, 1);
  rmSync(join(folder, 'x.yml'));
  mkdirSync(join(folder, 'x.yml'));
  source.look();
  assert.deepEqual(last(), ['one']);
  assert.equal(log.of('failed-to-read-matched-file').length, 1);
  rmSync(join(folder, 'x.yml'), { recursive: true });
  source.look();
  assert.deepEqual(last(), []);
});

test('a file that is being written is not believed before it is whole', async (t) => {
  const { write, start, wants, looked, all, folder } = bed(t, 20, 3_600_000);
  write('x.yml', `routes: [${route('one')}, ${route('two')}]`);
  start();
  await wants('one,two');
  for (const part of ['', 'routes:', `routes: [${route('one')}]`]) {
    write('x.yml', part);
    await looked();
    await looked();
  }
  write('x.yml', `routes: [${route('one')}, ${route('two')}, ${route('three')}]`);
  await looked();
  utimesSync(join(folder, 'x.yml'), 1, 1);
  await wants('one,two,three');
  assert.deepEqual(new Set(all().map((names) => names.join())), new Set(['one,two', 'one,two,three']));
});

test('a file that holds itself is told, and costs itself alone', (t) => {
  const { write, start, last, log } = bed(t);
  write('x.yml', `routes: [${route('one')}]`);
  const cyclic = route('two').replace('}', ', cellgate: {options: &a {again: *a}}}');
  write('y.yml', `routes: [${cyclic}]`);
  start();
  assert.deepEqual(last(), ['one']);
  assert.equal(log.of('failed-to-parse-file').length, 1);
});

test('stopped, it wants nothing more', (t) => {
  const { write, start, last, source } = bed(t);
  start();
  source.stop();
  write('x.yml', `routes: [${route('one')}]`);
  source.look();
  assert.deepEqual(last(), []);
});
