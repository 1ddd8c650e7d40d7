import assert from 'node:assert/strict';
import fc from 'fast-check';
import { test } from 'vitest';
import {
  countedBeyond,
  countedTimes,
  endOfCell,
  LATENCY_CELLS,
  latencyCell,
  latencyPercentile,
  timeOfCell,
} from '../../src/latency/cells.ts';

/** Milliseconds, as often short as long. */
const time = fc.double({ min: Math.log(0.065), max: Math.log(134_000), noNaN: true }).map(Math.exp);

test('a time lies in its cell: before its end, and not before the end of the cell below', () => {
  fc.assert(
    fc.property(time, (milliseconds) => {
      const cell = latencyCell(milliseconds);
      assert.ok(milliseconds < endOfCell(cell));
      assert.ok(milliseconds >= endOfCell(cell - 1));
    }),
  );
});

test('what a cell stands for is at most 6 % off any time in it', () => {
  fc.assert(
    fc.property(time, (milliseconds) => {
      const off = Math.abs(timeOfCell(latencyCell(milliseconds)) - milliseconds) / milliseconds;
      assert.ok(off <= 0.06, `${off}`);
    }),
  );
});

test('the scale goes from 64 µs to 134 s, and what is outside has the cells at its ends', () => {
  for (const none of [0, -1, 0.063, Number.NaN]) assert.equal(latencyCell(none), 0);
  assert.equal(latencyCell(0.064), 1);
  assert.equal(latencyCell(134_217), LATENCY_CELLS - 2);
  for (const much of [134_218, 1e12, Number.POSITIVE_INFINITY]) {
    assert.equal(latencyCell(much), LATENCY_CELLS - 1);
  }
  assert.equal(timeOfCell(LATENCY_CELLS - 1), 134_217.728);
});

test('every cell begins where the one below ends', () => {
  for (let cell = 0; cell < LATENCY_CELLS - 1; cell++) assert.equal(latencyCell(endOfCell(cell)), cell + 1);
});

test('percentiles are those of the sorted times, to 6 %, and counts beyond a cell are exact', () => {
  const share = fc.double({ min: 0.01, max: 1, noNaN: true });
  fc.assert(
    fc.property(fc.array(time, { minLength: 1, maxLength: 200 }), share, (times, wanted) => {
      const cells = new Array<number>(LATENCY_CELLS).fill(0);
      for (const milliseconds of times) cells[latencyCell(milliseconds)]!++;
      const sorted = times.toSorted((a, b) => a - b);
      const exact = sorted[Math.max(0, Math.ceil(times.length * wanted) - 1)]!;
      const read = latencyPercentile(cells, wanted);
      assert.ok(Math.abs(read - exact) / exact <= 0.06, `${read} for ${exact}`);
      assert.equal(countedTimes(cells), times.length);
      const cell = latencyCell(times[0]!);
      assert.equal(countedBeyond(cells, cell), times.filter((other) => other >= endOfCell(cell)).length);
    }),
  );
});

test('where nothing was counted there is no time', () => {
  assert.equal(latencyPercentile(new Array<number>(LATENCY_CELLS).fill(0), 0.95), 0);
});
