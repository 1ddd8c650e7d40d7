import assert from 'node:assert/strict';
import fc from 'fast-check';
import { test } from 'vitest';
import { changeOf, decide, LEAST_ROUNDS } from '../../bench/guard/decide.ts';
import { join, quietRatios } from '../../bench/guard/rounds.ts';
import { median } from '../../bench/statistics.ts';
import { CALM, rowsOf } from './results.ts';

const TOLERANCE = 0.1;
const ratio = fc.double({ min: 0.2, max: 5, noNaN: true });
const rounds = fc.array(ratio, { minLength: LEAST_ROUNDS, maxLength: 15 });

function decisionOf(recorded: readonly number[], ...now: (readonly number[])[]) {
  return decide(
    now.map((ratios, index) => changeOf({ reference: String(index), recorded, now: ratios })),
    TOLERANCE,
  );
}

test('what is no worse in any round is never called worse', () => {
  fc.assert(
    fc.property(rounds, rounds, (recorded, now) => {
      const best = Math.min(...recorded);
      const better = now.map((value) => Math.min(value, best));
      assert.equal(decisionOf(recorded, better), 'as good');
    }),
  );
});

test('what is worse in every round by more than the tolerance is always called worse', () => {
  fc.assert(
    fc.property(rounds, rounds, (recorded, now) => {
      const bound = Math.max(...recorded) * (1 + TOLERANCE) * 1.001;
      const worse = now.map((value) => bound + value);
      assert.equal(decisionOf(recorded, worse), 'worse');
    }),
  );
});

test('one reference that it is as good against as before is enough', () => {
  fc.assert(
    fc.property(rounds, rounds, (recorded, now) => {
      assert.equal(decisionOf(recorded, recorded, now), 'as good');
    }),
  );
});

test('the least change grows with the change', () => {
  fc.assert(
    fc.property(rounds, rounds, fc.double({ min: 0.5, max: 2, noNaN: true }), (recorded, now, factor) => {
      const change = changeOf({ reference: '', recorded, now });
      const scaled = changeOf({ reference: '', recorded, now: now.map((value) => value * factor) });
      assert.ok(Math.abs(scaled.least / change.least - factor) < 1e-9);
    }),
  );
});

test('too few rounds say nothing, and nothing said is no failure', () => {
  const few = Array.from({ length: LEAST_ROUNDS - 1 }, () => 9);
  const enough = Array.from({ length: LEAST_ROUNDS }, () => 1);
  assert.equal(decisionOf(enough, few), 'undecided');
  assert.equal(decisionOf(enough), 'undecided');
  assert.equal(decisionOf(enough, few, enough), 'as good');
  assert.equal(
    decisionOf(
      enough,
      few,
      enough.map((value) => value * 2),
    ),
    'worse',
  );
});

test('noise alone is not called worse; half as much again is, through the same noise', () => {
  const random = randomNumbers(7);
  // Each round off by up to a sixth in either direction, as on a shared machine.
  const measure = (mean: number) => Array.from({ length: 11 }, () => mean * (0.84 + 0.32 * random()));
  let alarms = 0;
  let detections = 0;
  for (let trial = 0; trial < 200; trial++) {
    const recorded = measure(1.2);
    if (decisionOf(recorded, measure(1.2)) === 'worse') alarms++;
    if (decisionOf(recorded, measure(1.2 * 1.5)) === 'worse') detections++;
  }
  assert.equal(alarms, 0);
  assert.ok(detections >= 190, `${detections} of 200`);
});

/** The same each time (Park and Miller). */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

test('rounds in which either proxy was disturbed do not count', () => {
  const quiet = { cpuMicroseconds: 10 };
  const busy = { cpuMicroseconds: 99, others: 0.5 };
  const starved = { cpuMicroseconds: 99, core: { ...CALM.core, idle: 0.4 } };
  const rows = rowsOf({
    cellgate: [quiet, quiet, busy, quiet],
    undici: [{ cpuMicroseconds: 20 }, { cpuMicroseconds: 40 }, quiet, starved],
  });
  assert.deepEqual(quietRatios(rows), { ratios: { undici: [0.5, 0.25] }, disturbed: 2 });
});

test('a change is told by the medians', () => {
  fc.assert(
    fc.property(rounds, rounds, (recorded, now) => {
      const change = changeOf({ reference: 'r', recorded, now });
      assert.equal(change.factor, median(now) / median(recorded));
    }),
  );
});

test('the rounds of two measurements are joined by reference', () => {
  assert.deepEqual(join({ a: [1] }, { a: [2], b: [3] }), { a: [1, 2], b: [3] });
});
