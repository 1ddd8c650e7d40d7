import assert from 'node:assert/strict';
import fc from 'fast-check';
import { test } from 'vitest';
import { Lanes } from '../../../src/runtime/threads/lanes.ts';

function lanes(count: number) {
  const steps: string[] = [];
  const memory = {
    open: (lane: number) => steps.push(`open ${lane}`),
    retire: (lane: number) => steps.push(`retire ${lane}`),
    settle: (lane: number) => steps.push(`settle ${lane}`),
  };
  return { lanes: new Lanes(count, memory), steps };
}

test('a lane is opened for a thread, retired once, and settled before the next one has it', () => {
  const { lanes: two, steps } = lanes(2);
  assert.deepEqual([two.take(), two.take()], [0, 1]);
  assert.equal(two.hasVacant, false);
  two.retire(0);
  two.retire(0);
  assert.equal(two.stateOf(0), 'retired');
  assert.throws(() => two.take(), /no lane is vacant/);
  two.vacate(0);
  assert.equal(two.take(), 0);
  assert.deepEqual(steps, ['open 0', 'open 1', 'retire 0', 'settle 0', 'open 0']);
});

test('what is not settled is not handed out', () => {
  const states = { settles: 0 };
  const one = new Lanes(1, {
    open() {},
    retire() {},
    settle() {
      states.settles++;
      if (states.settles === 1) throw new Error('not now');
    },
  });
  one.take();
  assert.throws(() => one.vacate(0), /not now/);
  assert.equal(one.hasVacant, false);
  one.vacate(0);
  assert.equal(one.take(), 0);
});

test('a lane that is nobody’s cannot be given back', () => {
  const { lanes: two } = lanes(2);
  assert.throws(() => two.vacate(0), /lane 0 is nobody's/);
  assert.throws(() => two.retire(2), /lane 2 is nobody's/);
});

test('whatever happens, no two threads are in one lane, and each is settled between two', () => {
  const step = fc.constantFrom('start', 'retire', 'end');
  fc.assert(
    fc.property(fc.array(fc.tuple(step, fc.nat(3)), { maxLength: 60 }), (history) => {
      const { lanes: four, steps } = lanes(4);
      const held = new Set<number>();
      for (const [what, which] of history) {
        if (what === 'start' && four.hasVacant) {
          const lane = four.take();
          assert.ok(!held.has(lane));
          held.add(lane);
        } else if (what === 'retire' && held.has(which)) four.retire(which);
        else if (what === 'end' && held.has(which)) {
          four.vacate(which);
          held.delete(which);
        }
        assert.equal(four.hasVacant, held.size < 4);
      }
      for (const lane of [0, 1, 2, 3]) {
        const own = steps.filter((each) => each.endsWith(` ${lane}`) && !each.startsWith('retire'));
        for (const [at, each] of own.entries()) assert.equal(each.startsWith('open'), at % 2 === 0);
      }
    }),
  );
});
