import assert from 'node:assert/strict';
import fc from 'fast-check';
import { test } from 'vitest';
import { alarmLevel, revertLevel, suspicionLevel } from '../../src/cutover/budget.ts';
import { clumping, discount } from '../../src/cutover/clumping.ts';

const QUESTIONS = ['errors', 'latency', 'waiting'] as const;
const LATE = 20_000;

test('over all weights, questions and looks, however many, less than 1 in 100 cutovers may go wrong', () => {
  const size = fc.integer({ min: 1, max: 100 });
  fc.assert(
    fc.property(size, size, (planned, weights) => {
      let sum = 0;
      for (let look = 1; look <= LATE; look++) {
        sum += alarmLevel({ look, planned, weights });
        if (look < 3) continue;
        for (const question of QUESTIONS) sum += revertLevel(question, { look, planned, weights });
      }
      assert.ok(sum * weights < 0.01, `${sum * weights}`);
    }),
    { numRuns: 30 },
  );
});

test('a window is suspected sooner than a cutover is reverted', () => {
  for (const question of QUESTIONS) {
    for (const look of [3, 4, 5, 100]) {
      assert.ok(revertLevel(question, { look, planned: 4, weights: 1 }) < suspicionLevel(question));
    }
  }
});

test('requests that come in bursts count for fewer, and those that do not for themselves', () => {
  const even = [50, 48, 52, 51, 49].map((hits) => ({ hits, total: 1000 }));
  assert.equal(clumping(even), 0);
  assert.equal(discount(1000, 5, clumping(even), 20), 1);
  const bursts = [0, 0, 200, 0, 50].map((hits) => ({ hits, total: 1000 }));
  const each = 5000 / discount(5000, 5, clumping(bursts), 20) / 5;
  assert.ok(each >= 20 && each < 40, `a window of 1000 is worth ${each}`);
});

test('windows of any size that differ in nothing but size are not taken for bursts', () => {
  const sizes = fc.array(fc.integer({ min: 1, max: 500 }), { minLength: 3, maxLength: 20 });
  fc.assert(
    fc.property(sizes, (list) => {
      assert.equal(clumping(list.map((twentieth) => ({ hits: twentieth, total: twentieth * 20 }))), 0);
    }),
  );
});

test('too few windows, none with requests, and none or all with errors tell nothing', () => {
  assert.equal(clumping([]), 0);
  assert.equal(
    clumping([
      { hits: 0, total: 10 },
      { hits: 10, total: 10 },
    ]),
    0,
  );
  for (const hits of [0, 7]) assert.equal(clumping(new Array(5).fill({ hits, total: 7 })), 0);
  assert.equal(clumping(new Array(5).fill({ hits: 0, total: 0 })), 0);
});
