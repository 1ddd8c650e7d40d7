import assert from 'node:assert/strict';
import { test } from 'vitest';
import { Cadence } from '../../src/time/cadence.ts';

/** When it was due. */
function dueAt(interval: number, ticks: readonly number[]): number[] {
  const cadence = new Cadence(interval, 0);
  return ticks.filter((now) => cadence.isDue(now));
}

test('what is due every so often comes with the first tick behind that', () => {
  assert.deepEqual(dueAt(450, [100, 200, 300, 400, 499, 601, 700, 802, 901, 999]), [499, 999]);
});

test('ticks that come late make it no later than the next of them', () => {
  assert.deepEqual(dueAt(450, [300, 600, 900, 1200]), [600, 1200]);
  assert.deepEqual(dueAt(450, [2000, 2300, 2500]), [2000, 2500]);
});
