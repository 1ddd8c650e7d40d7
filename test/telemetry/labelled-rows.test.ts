import assert from 'node:assert/strict';
import { test } from 'vitest';
import { observe } from '../../src/telemetry/histogram.ts';
import { LabelledRows, sumByLabel } from '../../src/telemetry/labelled-rows.ts';

const SHAPE = { labels: 3, width: 2 };

test('rows of the same label are added up over the threads', () => {
  const memory = LabelledRows.allocate(2, SHAPE);
  const [first, second] = [0, 1].map((thread) => new LabelledRows(memory, thread, SHAPE));
  first!.cells[first!.row('a')]! += 1;
  second!.cells[second!.row('ü')]! += 5;
  second!.cells[second!.row('a')]! += 2;
  second!.cells[second!.row('a') + 1]! += 7;
  assert.deepEqual(
    [...sumByLabel(memory, 2, SHAPE)].map(([label, cells]) => [label, ...cells]),
    [
      ['a', 3, 7],
      ['ü', 5, 0],
    ],
  );
});

test('§6.5 labels beyond the last row share one that is called other', () => {
  const memory = LabelledRows.allocate(1, SHAPE);
  const rows = new LabelledRows(memory, 0, SHAPE);
  for (const label of ['a', 'b', 'c', 'd', 'a', 'd']) rows.cells[rows.row(label)]!++;
  assert.deepEqual(
    [...sumByLabel(memory, 1, SHAPE)].map(([label, cells]) => [label, cells[0]]),
    [
      ['a', 2],
      ['b', 1],
      ['other', 3],
    ],
  );
});

test('a thread that takes over the part of a dead one finds its rows again', () => {
  const memory = LabelledRows.allocate(1, SHAPE);
  const dead = new LabelledRows(memory, 0, SHAPE);
  dead.row('a');
  dead.cells[dead.row('b')] = 4;
  const next = new LabelledRows(memory, 0, SHAPE);
  next.cells[next.row('b')]!++;
  assert.equal(sumByLabel(memory, 1, SHAPE).get('b')![0], 5);
});

test('a value counts in the first bucket that is not below it', () => {
  const cells = new Float64Array(4);
  for (const value of [0.5, 1, 1.5, 2, 2.1]) observe(cells, 0, [1, 2], value);
  assert.deepEqual([...cells.subarray(1)], [2, 2, 1]);
  assert.ok(Math.abs(cells[0]! - 7.1) < 1e-9);
});
