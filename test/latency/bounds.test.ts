import assert from 'node:assert/strict';
import fc from 'fast-check';
import { test } from 'vitest';
import { countedBelow, countedWithin, sumOfTimes } from '../../src/latency/bounds.ts';
import { countedTimes, endOfCell, LATENCY_CELLS, latencyCell } from '../../src/latency/cells.ts';

const times = fc.array(fc.double({ min: 0, max: 150_000, noNaN: true }), { maxLength: 200 });

function counted(all: readonly number[]): Uint32Array {
  const cells = new Uint32Array(LATENCY_CELLS);
  for (const ms of all) cells[latencyCell(ms)]!++;
  return cells;
}

test('2.9 as many times are below a bound as really are, but for those of the cell that it lies in', () => {
  fc.assert(
    fc.property(times, fc.double({ min: 0.001, max: 100_000, noNaN: true }), (all, bound) => {
      const below = countedBelow(counted(all), bound);
      const cell = latencyCell(bound);
      const end = endOfCell(cell);
      const begin = cell === 0 ? 0 : endOfCell(cell - 1);
      assert.ok(below >= all.filter((ms) => ms < begin).length, `${below}`);
      assert.ok(below <= all.filter((ms) => ms < end).length, `${below}`);
      assert.ok(Number.isInteger(below));
    }),
  );
});

test('2.9 more times, and a higher bound, never have fewer below', () => {
  fc.assert(
    fc.property(
      times,
      times,
      fc.array(fc.double({ min: 0.01, max: 200_000, noNaN: true })),
      (one, more, bounds) => {
        const [before, after] = [counted(one), counted([...one, ...more])];
        let last = 0;
        for (const bound of bounds.toSorted((a, b) => a - b)) {
          assert.ok(countedBelow(before, bound) <= countedBelow(after, bound));
          assert.ok(countedBelow(after, bound) >= last);
          last = countedBelow(after, bound);
          assert.ok(last <= countedTimes(after));
        }
      },
    ),
  );
});

test('2.9 the sum of times is at most a seventeenth off', () => {
  const inRange = fc.array(fc.double({ min: 0.07, max: 130_000, noNaN: true }), { minLength: 1 });
  fc.assert(
    fc.property(inRange, (all) => {
      const sum = all.reduce((total, ms) => total + ms, 0);
      assert.ok(Math.abs(sumOfTimes(counted(all)) - sum) <= sum / 17 + 1e-9);
    }),
  );
});

test('what is counted between bounds, and beyond them, is all there is', () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat(9), { minLength: LATENCY_CELLS, maxLength: LATENCY_CELLS }),
      fc.uniqueArray(fc.double({ min: 0.001, max: 200_000, noNaN: true }), { minLength: 1, maxLength: 8 }),
      (cells, unsorted) => {
        const bounds = unsorted.toSorted((a, b) => a - b);
        const within = countedWithin(cells, bounds);
        assert.equal(within.length, bounds.length + 1);
        assert.ok(within.every((count) => count >= 0 && Number.isInteger(count)));
        assert.equal(
          within.reduce((sum, count) => sum + count, 0),
          cells.reduce((sum, count) => sum + count, 0),
        );
      },
    ),
  );
});
