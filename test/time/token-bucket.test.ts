import assert from 'node:assert/strict';
import fc from 'fast-check';
import { test } from 'vitest';
import { TokenBucket } from '../../src/time/token-bucket.ts';

test('so many at once, then so many a second', () => {
  const bucket = new TokenBucket(3, 10, 1000);
  assert.deepEqual(
    [1000, 1000, 1000, 1000].map((now) => bucket.take(1, now)),
    [true, true, true, false],
  );
  assert.equal(bucket.take(1, 1099), false);
  // What was too little is gone.
  assert.equal(bucket.take(1, 1199), true);
  assert.equal(bucket.take(3, 9000), true);
  assert.equal(bucket.take(1, 9000), false);
});

test('what is given back is there again, up to the burst', () => {
  const bucket = new TokenBucket(3, 0, 0);
  assert.equal(bucket.take(3, 0), true);
  assert.equal(bucket.take(-100, 0), true);
  assert.equal(bucket.take(3, 0), true);
  assert.equal(bucket.take(1, 0), false);
});

test('nobody gets more than the burst and what has come since', () => {
  const step = fc.record({ count: fc.nat(20), after: fc.nat(2000) });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 50 }), fc.nat(50), fc.array(step), (burst, perSecond, steps) => {
      const bucket = new TokenBucket(burst, perSecond, 0);
      let now = 0;
      let taken = 0;
      for (const { count, after } of steps) {
        now += after;
        if (bucket.take(count, now)) taken += count;
        assert.ok(taken <= burst + (now / 1000) * perSecond + 1e-6);
      }
    }),
  );
});
