import assert from 'node:assert/strict';
import { setImmediate } from 'node:timers/promises';
import { describe, test } from 'vitest';
import type { RouteChange } from '../../../src/routing/change.ts';
import { POOL_GONE, POOL_PUT, type RouteBatch } from '../../../src/routing/route-batch.ts';
import { RouteFeed } from '../../../src/runtime/threads/route-feed.ts';
import { changedPoolOf } from '../../support/endpoint.ts';

function gone(pool: number): RouteChange {
  return { kind: 'pool-gone', pool: changedPoolOf(pool, pool) };
}

function put(pool: number): RouteChange {
  return { kind: 'pool-put', pool: changedPoolOf(pool, pool) };
}

/** What a batch of pools that come and go says: ids of those that come, negative ones of those that go. */
function toldBy({ codes }: RouteBatch): number[] {
  const told: number[] = [];
  let current = 0;
  for (let at = 0; at < codes.length; ) {
    if (codes[at] === POOL_GONE) {
      told.push(-current);
      at += 1;
      continue;
    }
    current = codes[at + 2]!;
    if (codes[at] === POOL_PUT) told.push(current);
    at += codes[at] === POOL_PUT ? 6 : 3;
  }
  return told;
}

const DIGEST = { low: 0, high: 0 };

/** A feed of an empty table, or one of these pieces, and what it delivers, batch by batch. */
async function follow(pieces: RouteChange[][] = [[]]) {
  const epochs: number[] = [];
  const feed = new RouteFeed({
    nextEpoch: () => epochs.push(epochs.length) - 1,
    digest: () => DIGEST,
    snapshot: () => {
      const left = [...pieces];
      return { next: () => ({ value: left.shift()!, done: left.length === 0 }) };
    },
  });
  const batches: number[][] = [];
  const numbers: number[] = [];
  const digests: RouteBatch['digest'][] = [];
  const deliver = (batch: RouteBatch) => {
    batches.push(toldBy(batch));
    numbers.push(batch.epoch);
    digests.push(batch.digest);
  };
  const informed = feed.follow(deliver);
  return { feed, batches, numbers, digests, deliver, informed };
}

test('the changes of one turn are delivered together and in order, when the turn is over', async () => {
  const { feed, batches } = await follow();
  for (const pool of [3, 1, 2]) feed.add(gone(pool));
  assert.deepEqual(batches, []);
  await setImmediate();
  assert.deepEqual(batches, [[-3, -1, -2]]);
});

test('changes of later turns are delivered in later batches, numbered on, and nothing twice', async () => {
  const { feed, batches, numbers } = await follow();
  feed.add(gone(1));
  await setImmediate();
  feed.add(gone(2));
  feed.add(gone(3));
  await setImmediate();
  await setImmediate();
  assert.deepEqual(batches, [[-1], [-2, -3]]);
  assert.deepEqual(numbers, [0, 1]);
});

test('a change made while a batch is delivered comes in the next one', async () => {
  const { feed } = await follow();
  const batches: number[] = [];
  await feed.follow((batch) => {
    batches.push(toldBy(batch).length);
    if (batches.length === 1) feed.add(gone(9));
  });
  feed.add(gone(1));
  await setImmediate();
  await setImmediate();
  assert.deepEqual(batches, [1, 1]);
});

test('nothing is delivered when nothing changed', async () => {
  const { feed, batches } = await follow();
  feed.flush();
  await setImmediate();
  assert.deepEqual(batches, []);
});

describe('who comes later', () => {
  test('is told the table one piece per turn, and between them what changes in the pieces told', async () => {
    const { feed, batches, informed } = await follow([[put(1), put(2)], [put(5)], [put(7)]]);
    feed.add(gone(2));
    feed.add(gone(6));
    await setImmediate();
    assert.deepEqual(batches, [[1, 2, -2]]);
    feed.add(gone(1));
    feed.add(put(9));
    await informed;
    feed.add(gone(7));
    await setImmediate();
    const told = batches.flat();
    assert.deepEqual(told.toSorted(), [1, 2, -2, 5, -1, 7, -7].toSorted());
    for (const pool of [1, 2, 7]) assert.ok(told.indexOf(pool) < told.indexOf(-pool), `${told}`);
    assert.ok(batches.length >= 3, 'not all at once');
  });

  test('can compare its table as soon as it has been told all of it, and not before', async () => {
    for (const pieces of [[[put(1)], [put(2)]], [[put(1)], [put(2)], []], [[put(1)]]]) {
      const { feed, batches, digests, informed } = await follow(pieces);
      await informed;
      assert.deepEqual(
        batches.flat(),
        pieces.flat().map(({ pool }) => pool.id),
      );
      assert.equal(digests.at(-1), DIGEST);
      assert.ok(digests.slice(0, -1).every((digest) => digest === null));
      feed.add(gone(1));
      feed.flush();
      assert.equal(digests.at(-1), DIGEST);
    }
  });

  test('is given up when a piece cannot be made, and the others go on', async () => {
    const { feed, batches } = await follow();
    const fault = new Error('a fault of ours');
    const failing = new RouteFeed({
      nextEpoch: () => 0,
      digest: () => DIGEST,
      snapshot: () => ({
        next: () => {
          throw fault;
        },
      }),
    });
    await assert.rejects(
      failing.follow(() => {}),
      fault,
    );
    feed.add(gone(1));
    await setImmediate();
    assert.deepEqual(batches, [[-1]]);
  });

  test('is told no more once it has left, even half-way', async () => {
    const { feed, batches, deliver, informed } = await follow([[put(1)], [put(2)], [put(3)]]);
    feed.leave(deliver);
    await informed;
    feed.add(gone(1));
    await setImmediate();
    assert.deepEqual(batches, []);
  });
});
