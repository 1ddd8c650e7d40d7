import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, test } from 'vitest';
import { ConnectionLoads } from '../../../src/runtime/threads/connection-loads.ts';

function loadsOf(counts: readonly number[]): ConnectionLoads {
  const memory = ConnectionLoads.allocate(counts.length);
  new Int32Array(memory).set(counts);
  return new ConnectionLoads(memory);
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

test('however few and whoever accepts them, no thread gets more than its share and one', () => {
  const accepting = fc.array(fc.nat(100), { minLength: 1, maxLength: 24 });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 6 }), accepting, (threads, order) => {
      const loads = loadsOf(Array.from({ length: threads }, () => 0));
      for (const by of order) loads.claim(by % threads);
      const share = Math.ceil(order.length / threads);
      assert.ok(Math.max(...loads.counts().map(Number)) <= share + 1, `[${loads.counts()}]`);
    }),
  );
});

test('a claim that another thread came before is thought over', () => {
  const memory = ConnectionLoads.allocate(2);
  const cells = new Int32Array(memory);
  cells.set([2, 0]);
  const loads = new ConnectionLoads(memory);
  const { ownerFor } = loads;
  // Between looking and claiming, the other thread gets two connections elsewhere.
  loads.ownerFor = (thread) => {
    const owner = ownerFor.call(loads, thread);
    loads.ownerFor = ownerFor;
    cells.set([2, 2]);
    return owner;
  };
  assert.equal(loads.claim(0), 0);
  assert.deepEqual(loads.counts(), [3, 2]);
});

test('loads are seen by every thread, fall when connections close, and begin anew with a new thread', () => {
  const memory = ConnectionLoads.allocate(2);
  const here = new ConnectionLoads(memory);
  const there = new ConnectionLoads(memory);
  new Int32Array(memory).set([0, 3]);
  assert.equal(here.ownerFor(1), 0);
  there.remove(1);
  there.remove(1);
  assert.equal(here.ownerFor(1), 1);
  there.move(0, 1);
  there.move(0, 1);
  assert.deepEqual(here.counts(), [-2, 3]);
  here.open(0);
  here.open(1);
  assert.equal(here.ownerFor(1), 1);
});

describe('a lane that is to get no more connections', () => {
  test('is never chosen, whatever is counted late, and gives away what it accepts', () => {
    const loads = loadsOf([3, 2, 7]);
    loads.retire(1);
    for (let each = 0; each < 5; each++) loads.remove(1);
    loads.move(0, 1);
    assert.deepEqual(
      [0, 1, 2].map((by) => loads.ownerFor(by)),
      [0, 0, 0],
    );
    assert.deepEqual(loads.counts(), [2, -2, 7]);
  });

  test('keeps its own where there is no other', () => {
    const loads = loadsOf([3]);
    loads.retire(0);
    assert.equal(loads.claim(0), 0);
    assert.deepEqual(loads.counts(), [4]);
  });

  test('is not counted without a thread, until one starts in it', () => {
    const loads = loadsOf([3, 2]);
    loads.vacate(1);
    loads.move(0, 1);
    loads.remove(1);
    loads.remove(1);
    assert.deepEqual(loads.counts(), [2, null]);
    assert.equal(loads.ownerFor(0), 0);
    loads.open(1);
    assert.deepEqual(loads.counts(), [2, 0]);
    assert.equal(loads.ownerFor(0), 1);
  });
});
