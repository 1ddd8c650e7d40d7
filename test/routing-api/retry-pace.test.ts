import assert from 'node:assert/strict';
import fc from 'fast-check';
import { test } from 'vitest';
import { RetryPace } from '../../src/routing-api/retry-pace.ts';

const attempts = fc.array(fc.tuple(fc.double({ min: 0, max: 60_000, noNaN: true }), fc.boolean()));

test('§7.3 whatever became of attempts, the next begins within 5 s of the end, or within a longer interval', () => {
  fc.assert(
    fc.property(fc.integer({ min: 100, max: 20_000 }), attempts, (interval, all) => {
      const pace = new RetryPace(interval);
      for (const [taken, opened] of all) {
        const rest = pace.restAfter(taken, opened);
        assert.ok(rest > 0 && rest <= Math.max(5000, interval), `${rest} ms`);
      }
    }),
  );
});

test('§7.3 the interval of cf-tcp-router stays what it is, however long an outage lasts', () => {
  const pace = new RetryPace(5000);
  assert.deepEqual(
    Array.from({ length: 20 }, () => pace.restAfter(0, false)),
    new Array(20).fill(5000),
  );
});

test('§6.8 a shorter one doubles up to 5 s, and begins anew after a stream that lived', () => {
  const pace = new RetryPace(1000);
  const rests = Array.from({ length: 5 }, () => pace.restAfter(0, true));
  assert.deepEqual(rests, [1000, 2000, 4000, 5000, 5000]);
  assert.equal(pace.restAfter(60_000, true), 1000);
});

test('§7.3 an attempt that nobody answered is a part of the pause, most of it', () => {
  const pace = new RetryPace(5000);
  assert.equal(pace.restAfter(4000, false), 1000);
  assert.equal(pace.restAfter(40_000, false), 1000);
});
