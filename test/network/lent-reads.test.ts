import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type TestContext, test, vi } from 'vitest';
import { readInto } from '../../src/network/lent-reads.ts';
import { connectionPair } from '../support/connection-pair.ts';

/** The accepted one is paused. */
const pair = (t: TestContext) => connectionPair(t, { pauseOnConnect: true, allowHalfOpen: true });

test('one that has closed meanwhile has no way, and keeps no other from it', async (t) => {
  vi.resetModules();
  const anew: typeof import('../../src/network/lent-reads.ts') = await import(
    '../../src/network/lent-reads.ts'
  );
  const [closed, open] = [await pair(t), await pair(t)];
  closed.accepted.destroy();
  const reads = { onRead: () => true, nextBuffer: () => null };
  const ways = [closed, open].map(({ accepted }) => anew.readInto(accepted, Buffer.alloc(8), reads));
  assert.deepEqual(ways, [false, true]);
});

test('this Node reads what an accepted socket receives into memory that it is given', async (t) => {
  const { client, accepted } = await pair(t);
  const memory = Buffer.alloc(8);
  const reads: [count: number, isOurs: boolean, text: string][] = [];
  const more = Promise.withResolvers<void>();
  const way = readInto(accepted, memory, {
    onRead: (count, buffer) => {
      reads.push([count, buffer === memory, String(memory.subarray(0, count))]);
      if (reads.length === 2) more.resolve();
      return true;
    },
    nextBuffer: () => null,
  });
  assert.equal(way, true);
  accepted.on('data', () => assert.fail('nothing was put back'));
  accepted.resume();
  client.write('0123456789');
  await more.promise;
  assert.deepEqual(reads, [
    [8, true, '01234567'],
    [2, true, '89'],
  ]);
  client.end();
  await once(accepted, 'end');
});

test('the next read goes where it is told, nothing is read while it is paused, and what was put back comes first', async (t) => {
  const { client, accepted } = await pair(t);
  const [one, two] = [Buffer.alloc(4), Buffer.alloc(4)];
  let next: Buffer | null = null;
  const got: string[] = [];
  let heard = Promise.withResolvers<void>();
  accepted.unshift(Buffer.from('back'));
  accepted.on('data', (chunk: Buffer) => got.push(String(chunk)));
  readInto(accepted, one, {
    onRead: (count, buffer) => {
      got.push(`${buffer === one ? 'one' : 'two'} ${String(Buffer.from(buffer.subarray(0, count)))}`);
      accepted.pause();
      heard.resolve();
      return true;
    },
    nextBuffer: () => next,
  });
  next = two;
  client.write('abcdefgh');
  accepted.resume();
  await heard.promise;
  assert.deepEqual(got, ['back', 'one abcd']);
  heard = Promise.withResolvers();
  accepted.resume();
  await heard.promise;
  assert.deepEqual(got, ['back', 'one abcd', 'two efgh']);
});
