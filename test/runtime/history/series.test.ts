import assert from 'node:assert/strict';
import fc from 'fast-check';
import { test } from 'vitest';
import { POINTS, Series } from '../../../src/runtime/history/series.ts';

test('a series keeps the last points, each by its number, as a list does that is cut off at its beginning', () => {
  fc.assert(
    fc.property(fc.nat(3 * POINTS), fc.nat(4 * POINTS), (points, from) => {
      const series = new Series(['a', 'b']);
      const all: number[] = [];
      for (let each = 0; each < points; each++) {
        series.add({ a: each, b: -each });
        all.push(each);
      }
      const first = series.first(from);
      const kept = all.slice(-POINTS);
      assert.equal(series.count, points);
      assert.deepEqual(
        series.from(from, 'a'),
        kept.filter((each) => each >= from),
      );
      assert.deepEqual(
        series.from(from, 'b'),
        series.from(from, 'a').map((each) => -each),
      );
      // What comes after is the next one: nothing is asked for twice, nothing is missed.
      assert.equal(first + series.from(from, 'a').length, points);
    }),
  );
});
