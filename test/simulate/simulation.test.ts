import assert from 'node:assert/strict';
import { describe, test } from 'vitest';
import { FAULTS } from '../../simulate/fault.ts';
import { play, replay } from '../../simulate/run.ts';
import { shorten } from '../../simulate/shorten.ts';

const STEPS = 20_000;
const MOST_SEEDS = 20;

test('whatever registers, moves, ages, dies, pins, sticks, fails and ends, a request reaches who is in its route', () => {
  for (let seed = 1; seed <= 5; seed++) {
    const failure = play(seed, STEPS);
    assert.equal(failure?.error, undefined, `npm run simulate -- --from ${seed} --seeds 1 --steps ${STEPS}`);
  }
});

describe('a fault that is put back is found', () => {
  for (const fault of FAULTS) {
    test(fault, () => {
      const faults = new Set([fault]);
      let seed = 1;
      let failure = play(seed, STEPS, faults);
      while (failure === null && seed < MOST_SEEDS) failure = play(++seed, STEPS, faults);
      assert.ok(failure !== null, 'it is not');
    });
  }
});

test('of a history that fails only what it takes is told', () => {
  const faults = new Set(['records at once' as const]);
  const { history } = play(1, STEPS, faults)!;
  const shortest = shorten(1, history, faults);
  assert.ok(shortest.length < 20, `${shortest.length} steps`);
  assert.notEqual(replay(1, shortest, faults), null);
});
