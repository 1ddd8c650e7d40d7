import assert from 'node:assert/strict';
import { test } from 'vitest';
import { OneByOne } from '../../../src/runtime/explain/one-by-one.ts';

test('a piece of work begins when the one before it is over, whatever came of that', async () => {
  const work = new OneByOne(8);
  const begun: string[] = [];
  const first = Promise.withResolvers<string>();
  const take = (name: string, result: Promise<string>) =>
    work.take(() => {
      begun.push(name);
      return result;
    });
  const one = take('one', first.promise);
  const two = take('two', Promise.resolve('b'));
  await new Promise(setImmediate);
  assert.deepEqual(begun, ['one']);
  first.reject(new Error('lost'));
  await assert.rejects(one, /lost/);
  assert.equal(await two, 'b');
  assert.deepEqual(begun, ['one', 'two']);
});

test('who comes while as many wait as may gets nothing, and the next one has room again', async () => {
  const work = new OneByOne(2);
  const first = Promise.withResolvers<string>();
  const one = work.take(() => first.promise);
  const two = work.take(() => Promise.resolve('two'));
  assert.equal(await work.take(() => Promise.resolve('three')), null);
  first.resolve('one');
  assert.deepEqual(await Promise.all([one, two]), ['one', 'two']);
  assert.equal(await work.take(() => Promise.resolve('four')), 'four');
});
