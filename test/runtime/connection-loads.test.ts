import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { ConnectionLoads } from '../../src/runtime/connection-loads.ts';

function loadsOf(counts: readonly number[]): ConnectionLoads {
  const loads = new ConnectionLoads(ConnectionLoads.allocate(counts.length));
  for (const [thread, count] of counts.entries()) {
    for (let connection = 0; connection < count; connection++) loads.add(thread);
  }
  return loads;
}

describe('a connection just accepted', () => {
  const cases: readonly [counts: readonly number[], accepting: number, owner: number][] = [
    [[0], 0, 0],
    [[5], 0, 0],
    [[0, 0], 1, 1],
    [[1, 0], 0, 0],
    [[2, 0], 0, 1],
    [[0, 2], 1, 0],
    [[0, 2], 0, 0],
    [[3, 1, 0], 0, 2],
    [[3, 0, 0], 0, 1],
    [[7, 5], 0, 1],
    [[8, 6], 0, 0],
    [[100, 76], 0, 0],
    [[100, 74], 0, 1],
    [[10, 50], 0, 0],
  ];
  for (const [counts, accepting, owner] of cases) {
    test(`by thread ${accepting} of [${counts}] is for thread ${owner}`, () => {
      assert.equal(loadsOf(counts).ownerFor(accepting), owner);
    });
  }

  test('stays unless another thread has at least two and a quarter fewer, and then goes where there are fewest', () => {
    const counts = fc.array(fc.nat(30), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(counts, fc.nat(), (loads, place) => {
        const accepting = place % loads.length;
        const owner = loadsOf(loads).ownerFor(accepting);
        const excess = loads[accepting]! - Math.min(...loads);
        const moves = excess >= 2 && excess > loads[accepting]! / 4;
        assert.equal(loads[owner], moves ? Math.min(...loads) : loads[accepting]);
        if (!moves) assert.equal(owner, accepting);
      }),
    );
  });
});

test('few and long connections, all accepted by one thread, are spread', () => {
  const loads = new ConnectionLoads(ConnectionLoads.allocate(4));
  const counts = [0, 0, 0, 0];
  for (let connection = 0; connection < 8; connection++) {
    const owner = loads.ownerFor(0);
    loads.add(owner);
    counts[owner]!++;
  }
  assert.ok(Math.max(...counts) - Math.min(...counts) <= 2, `[${counts}]`);
});

test('loads are seen by every thread, fall when connections close, and end with their thread', () => {
  const memory = ConnectionLoads.allocate(2);
  const here = new ConnectionLoads(memory);
  const there = new ConnectionLoads(memory);
  for (let connection = 0; connection < 3; connection++) there.add(1);
  assert.equal(here.ownerFor(1), 0);
  there.remove(1);
  there.remove(1);
  assert.equal(here.ownerFor(1), 1);
  for (let connection = 0; connection < 3; connection++) there.add(1);
  here.clear(1);
  assert.equal(here.ownerFor(1), 1);
});
