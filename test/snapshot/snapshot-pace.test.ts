import assert from 'node:assert/strict';
import fc from 'fast-check';
import { test } from 'vitest';
import { SnapshotPace } from '../../src/snapshot/snapshot-pace.ts';

test('a change is written 2 s later, with those that came meanwhile', () => {
  const pace = new SnapshotPace();
  assert.equal(pace.due(0), 'nothing');
  pace.changed(1000);
  pace.changed(2900);
  assert.equal(pace.due(2999), 'nothing');
  assert.equal(pace.due(3000), 'snapshot');
});

test('a table that changes all the time is written every 5 s', () => {
  const pace = new SnapshotPace();
  const written: number[] = [];
  for (let now = 0; now < 20_000; now += 100) {
    pace.changed(now);
    if (pace.due(now) !== 'snapshot') continue;
    pace.began('snapshot');
    pace.ended('snapshot', 'written', now);
    written.push(now);
  }
  assert.deepEqual(written, [2000, 7000, 12_000, 17_000]);
});

test('what changes while the table is written is for the next time', () => {
  const pace = new SnapshotPace();
  pace.changed(0);
  pace.began('snapshot');
  pace.changed(2500);
  pace.ended('snapshot', 'written', 3000);
  assert.equal(pace.due(7900), 'nothing');
  assert.equal(pace.due(8000), 'snapshot');
});

test('what could not be written is tried again after 5 s, without another change', () => {
  const pace = new SnapshotPace();
  pace.changed(0);
  for (const now of [2000, 7000, 12_000]) {
    assert.equal(pace.due(now - 100), 'nothing');
    assert.equal(pace.due(now), 'snapshot');
    pace.began('snapshot');
    pace.ended('snapshot', 'failed', now);
  }
});

test('there are no ages before there is a snapshot, and none of their own beside one', () => {
  const pace = new SnapshotPace();
  assert.equal(pace.due(60_000), 'nothing');
  pace.changed(60_000);
  pace.began('snapshot');
  pace.ended('snapshot', 'written', 62_000);
  assert.equal(pace.due(71_000), 'nothing');
  assert.equal(pace.due(71_500), 'ages');
  pace.began('ages');
  pace.ended('ages', 'failed', 71_500);
  assert.equal(pace.due(80_000), 'nothing');
  assert.equal(pace.due(81_000), 'ages');
});

test('whatever happens, snapshots are 5 s apart, and no change waits longer than 7 s while writing works', () => {
  const steps = fc.array(fc.record({ wait: fc.integer({ min: 0, max: 4000 }), changes: fc.boolean() }));
  fc.assert(
    fc.property(steps, (all) => {
      const pace = new SnapshotPace();
      let now = 0;
      let waitingSince: number | null = null;
      let writtenAt = Number.NEGATIVE_INFINITY;
      for (const { wait, changes } of all) {
        if (changes) {
          pace.changed(now);
          waitingSince ??= now;
        }
        for (const end = now + wait; now < end; now += Math.min(50, end - now)) {
          const due = pace.due(now);
          if (due === 'nothing') {
            assert.ok(waitingSince === null || now - waitingSince <= 7000);
            continue;
          }
          pace.began(due);
          pace.ended(due, 'written', now);
          if (due === 'ages') continue;
          assert.ok(now - writtenAt >= 5000);
          writtenAt = now;
          waitingSince = null;
        }
      }
    }),
  );
});
