import assert from 'node:assert/strict';
import fc from 'fast-check';
import { test } from 'vitest';
import { median, percentile, ratios, spread, withOmitted } from '../../bench/statistics.ts';

test('the median is the middle value, or the mean of the two middle ones', () => {
  assert.equal(median([3, 1, 2]), 2);
  assert.equal(median([4, 1, 3, 2]), 2.5);
  assert.equal(median([]), Number.NaN);
});

test('a spread holds the median between the quartiles', () => {
  assert.deepEqual(spread([5, 1, 4, 2, 3, 99, 6, 7]), { median: 4.5, low: 2, high: 6 });
});

test('a percentile is the smallest value that at least so many per cent do not exceed', () => {
  const values = fc.array(fc.integer({ min: 0, max: 1000 }), { minLength: 1 });
  fc.assert(
    fc.property(values, fc.integer({ min: 1, max: 100 }), (samples, p) => {
      const covers = (bound: number) =>
        samples.filter((value) => value <= bound).length * 100 >= p * samples.length;
      const expected = Math.min(...samples.filter(covers));
      assert.equal(percentile(samples, p), expected);
    }),
  );
});

test('a stall adds the samples that it kept from being taken', () => {
  assert.deepEqual(withOmitted([3, 55, 20], 20), [3, 55, 35, 20]);
});

test('answers faster than the interval stand as they are', () => {
  const quick = fc.array(fc.double({ min: 0, max: 19, noNaN: true }));
  fc.assert(fc.property(quick, (samples) => assert.deepEqual(withOmitted(samples, 20), samples)));
});

test('ratios are of values of the same round', () => {
  assert.deepEqual(ratios([20, 30, 44], [10, 20, 40]), [2, 1.5, 1.1]);
});
