import assert from 'node:assert/strict';
import { describe, test } from 'vitest';
import { roundRobin } from '../../src/balancer/round-robin.ts';
import { endpointOf } from '../support/endpoint.ts';
import { attemptOf, candidatesOf, FixedLoad } from './balancer.cases.ts';

function poolOf(seats: readonly number[], cursor = 0) {
  return candidatesOf(
    seats.map((seat) => endpointOf(seat)),
    cursor,
  );
}

/** The seats of the next turns. */
function turns(candidates: ReturnType<typeof poolOf>, count: number, load = new FixedLoad()): number[] {
  return Array.from(
    { length: count },
    () =>
      roundRobin(
        candidates,
        attemptOf(load, () => 0),
      )!.backend.seat,
  );
}

describe('round robin', () => {
  test('§2.5 takes all in their order, over and over', () => {
    assert.deepEqual(turns(poolOf([0, 1, 2]), 7), [0, 1, 2, 0, 1, 2, 0]);
  });

  test('begins where the cursor is, however far that is', () => {
    assert.deepEqual(turns(poolOf([0, 1, 2], 65_535), 4), [0, 1, 2, 0]);
    assert.deepEqual(turns(poolOf([0, 1, 2], 65_534), 4), [2, 0, 1, 2]);
  });

  test('takes each exactly as often', () => {
    const counts = new Array<number>(7).fill(0);
    for (const seat of turns(poolOf([0, 1, 2, 3, 4, 5, 6], 3), 7000)) counts[seat]!++;
    assert.deepEqual(counts, new Array(7).fill(1000));
  });

  test('shares the turns of a failed one among the others', () => {
    assert.deepEqual(turns(poolOf([0, 1, 2, 3]), 6, new FixedLoad([1])), [0, 2, 3, 0, 2, 3]);
  });

  test('goes on in turn while endpoints come and go', () => {
    const candidates = poolOf([0, 1, 2]);
    assert.deepEqual(turns(candidates, 2), [0, 1]);
    candidates.endpoints.push(endpointOf(3));
    assert.deepEqual(turns(candidates, 3), [2, 3, 0]);
    candidates.endpoints.length = 1;
    assert.deepEqual(turns(candidates, 2), [0, 0]);
  });

  test('§2.5 forgets all marks when every endpoint has one, and goes on in turn', () => {
    const load = new FixedLoad([0, 1, 2]);
    assert.deepEqual(turns(poolOf([0, 1, 2], 1), 4, load), [1, 2, 0, 1]);
    assert.deepEqual([...load.failed], []);
  });

  test('keeps the marks while one is without', () => {
    const load = new FixedLoad([0, 2]);
    assert.deepEqual(turns(poolOf([0, 1, 2]), 3, load), [1, 1, 1]);
    assert.deepEqual([...load.failed], [0, 2]);
  });

  test('takes a failed one rather than one tried in the same exchange', () => {
    const candidates = poolOf([0, 1, 2]);
    const attempt = attemptOf(new FixedLoad([2]), () => 0, candidates.endpoints.slice(0, 2));
    assert.equal(roundRobin(candidates, attempt)?.backend.seat, 2);
  });
});
