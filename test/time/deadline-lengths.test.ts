import assert from 'node:assert/strict';
import fc from 'fast-check';
import { test } from 'vitest';
import { ONE_ROUND } from '../../src/boundary/owner.ts';
import { Deadline } from '../../src/time/deadline.ts';
import { DeadlineLengths, roundedUp } from '../../src/time/deadline-lengths.ts';

test('a length is rounded up by less than a sixteenth, and a longer one never to less', () => {
  const length = fc.integer({ min: 1, max: 2 ** 31 });
  fc.assert(
    fc.property(length, length, (a, b) => {
      const rounded = roundedUp(a);
      assert.ok(rounded >= a && rounded <= a * (1 + 1 / 16) + 1, `${a} ${rounded}`);
      assert.equal(roundedUp(rounded), rounded);
      assert.ok(a > b || rounded <= roundedUp(b));
    }),
  );
});

test('there are few lists whatever lengths are asked for', () => {
  const lists = new Set(Array.from({ length: 100_000 }, (_, i) => roundedUp(1 + i * 21_474)));
  assert.ok(lists.size <= 16 * 32, String(lists.size));
});

test('a deadline runs out after its own length, not after the longest or the one armed first', () => {
  const lengths = new DeadlineLengths();
  const ended: number[] = [];
  for (const length of [1000, 100, 10_000]) {
    lengths.of(length).arm(new Deadline(ONE_ROUND, () => ended.push(length)), 0);
  }
  lengths.expireDue(99);
  assert.deepEqual(ended, []);
  lengths.expireDue(110);
  assert.deepEqual(ended, [100]);
  lengths.expireDue(1070);
  assert.deepEqual(ended, [100, 1000]);
});
