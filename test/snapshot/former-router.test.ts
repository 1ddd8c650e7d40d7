import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'vitest';
import { succeed } from '../../src/snapshot/former-router.ts';
import { temporaryDirectory } from '../support/cellgate-process.ts';

test('whoever gets a folder learns who had it before, and is who had it for the next one', async (t) => {
  const folder = temporaryDirectory(t);
  assert.deepEqual(await succeed(folder, '0-first'), { id: null, fault: null });
  assert.deepEqual(await succeed(folder, '0-second'), { id: '0-first', fault: null });
  assert.deepEqual(await succeed(folder, '0-third'), { id: '0-second', fault: null });
  assert.equal(readFileSync(join(folder, 'router.id'), 'utf8'), '0-third\n');
});

test('what is no id is nobody, and is written over', async (t) => {
  const folder = temporaryDirectory(t);
  for (const text of ['', 'two words\n', `${'x'.repeat(129)}\n`, '\u00e9\n']) {
    writeFileSync(join(folder, 'router.id'), text);
    assert.deepEqual(await succeed(folder, '0-next'), { id: null, fault: null });
  }
  writeFileSync(join(folder, 'router.id'), 'x'.repeat(1000));
  const { id, fault } = await succeed(folder, '0-next');
  assert.equal(id, null);
  assert.match(fault!, /^router\.id: it has 1000 bytes/);
  assert.deepEqual(await succeed(folder, '0-last'), { id: '0-next', fault: null });
});

test('a folder that cannot be written is told of', async (t) => {
  const folder = join(temporaryDirectory(t), 'gone');
  const { id, fault } = await succeed(folder, '0-first');
  assert.equal(id, null);
  assert.match(fault!, /ENOENT/);
  mkdirSync(join(folder, 'router.id'), { recursive: true });
  assert.match((await succeed(folder, '0-first')).fault!, /EISDIR|ENOTEMPTY|EEXIST/);
});
