import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import type { RouteChange } from '../../src/routing/change.ts';
import { RouteFeed } from '../../src/runtime/route-feed.ts';

function change(pool: number): RouteChange {
  return { kind: 'pool-gone', pool };
}

/** A feed and what it delivers, batch by batch. */
function follow(): { feed: RouteFeed; batches: number[][] } {
  const batches: number[][] = [];
  const feed = new RouteFeed((changes) => {
    batches.push(changes.map((each) => (each.kind === 'pool-gone' ? each.pool : -1)));
  });
  return { feed, batches };
}

test('the changes of one turn are delivered together and in order, when the turn is over', async () => {
  const { feed, batches } = follow();
  for (const pool of [3, 1, 2]) feed.add(change(pool));
  assert.deepEqual(batches, []);
  await setImmediate();
  assert.deepEqual(batches, [[3, 1, 2]]);
});

test('changes of later turns are delivered in later batches, and nothing twice', async () => {
  const { feed, batches } = follow();
  feed.add(change(1));
  await setImmediate();
  feed.add(change(2));
  feed.add(change(3));
  await setImmediate();
  await setImmediate();
  assert.deepEqual(batches, [[1], [2, 3]]);
});

test('what is flushed is delivered at once, and what comes after it still is', async () => {
  const { feed, batches } = follow();
  feed.add(change(1));
  feed.flush();
  assert.deepEqual(batches, [[1]]);
  feed.add(change(2));
  await setImmediate();
  await setImmediate();
  assert.deepEqual(batches, [[1], [2]]);
});

test('a change made while a batch is delivered comes in the next one', async () => {
  const batches: number[] = [];
  const feed = new RouteFeed((changes) => {
    batches.push(changes.length);
    if (batches.length === 1) feed.add(change(9));
  });
  feed.add(change(1));
  await setImmediate();
  await setImmediate();
  assert.deepEqual(batches, [1, 1]);
});

test('nothing is delivered when nothing changed', () => {
  const { feed, batches } = follow();
  feed.flush();
  assert.deepEqual(batches, []);
});
