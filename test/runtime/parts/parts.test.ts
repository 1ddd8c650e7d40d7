import assert from 'node:assert/strict';
import { test } from 'vitest';
import type { Part, Reload } from '../../../src/runtime/parts/part.ts';
import { Parts } from '../../../src/runtime/parts/parts.ts';
import { LogLines } from '../../support/registry-fixture.ts';

const RELOAD = {} as Reload;

/** Parts that write down what becomes of them; `faults` are what one of them does not get done. */
function fixture(faults: readonly string[] = []) {
  const steps: string[] = [];
  const step = (what: string) => {
    steps.push(what);
    if (faults.includes(what)) throw new Error(`no ${what}`);
  };
  const parts = ['a', 'b', 'c'].map(
    (name): Part => ({
      name,
      start: async () => step(`start ${name}`),
      reload: () => step(`reload ${name}`),
      stop: async () => step(`stop ${name}`),
    }),
  );
  const log = new LogLines();
  return { parts: new Parts([...parts, { name: 'idle' }], log), steps, log };
}

test('parts start and reload in their order, and stop in the reverse, once', async () => {
  const { parts, steps } = fixture();
  await parts.start();
  parts.reload(RELOAD);
  await parts.stop();
  await parts.stop();
  assert.deepEqual(steps, [
    ...['start a', 'start b', 'start c'],
    ...['reload a', 'reload b', 'reload c'],
    ...['stop c', 'stop b', 'stop a'],
  ]);
});

test('a part waits for the one before it', async () => {
  const steps: string[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  const slow = { name: 'slow', start: () => promise };
  const parts = new Parts([slow, { name: 'next', start: () => void steps.push('next') }], new LogLines());
  const started = parts.start();
  await new Promise((done) => setImmediate(done));
  assert.deepEqual(steps, []);
  resolve();
  await started;
  assert.deepEqual(steps, ['next']);
});

test('after a start that failed half-way those stop that have begun, the one that failed first', async () => {
  const { parts, steps } = fixture(['start b']);
  await assert.rejects(parts.start(), /no start b/);
  await parts.stop();
  assert.deepEqual(steps, ['start a', 'start b', 'stop b', 'stop a']);
});

test('a part that does not stop keeps none of the others from it, and is in the log', async () => {
  const { parts, steps, log } = fixture(['stop b']);
  await parts.start();
  await parts.stop();
  assert.deepEqual(steps.slice(-3), ['stop c', 'stop b', 'stop a']);
  assert.deepEqual(log.messages, ['part-not-stopped']);
  assert.equal(log.lines[0]!.data['part'], 'b');
});
