import assert from 'node:assert/strict';
import { test } from 'vitest';
import { restAfter } from '../../../src/agent/docker/reconnect-pace.ts';

test('an engine is tried again ever later, up to 10 s, and soon after a connection that has held', () => {
  const rests: number[] = [];
  let failures = 0;
  for (let attempt = 0; attempt < 8; attempt++) {
    const rest = restAfter(failures, 5, 0);
    failures = rest.failures;
    rests.push(rest.milliseconds);
  }
  assert.deepEqual(rests, [250, 500, 1000, 2000, 4000, 8000, 10_000, 10_000]);
  assert.deepEqual(restAfter(1000, 5, 0).milliseconds, 10_000);
  assert.deepEqual(restAfter(failures, 60_000, 0), { failures: 1, milliseconds: 250 });
});

test('half of the wait is by chance', () => {
  assert.deepEqual(
    [0, 0.5, 0.999].map((random) => Math.round(restAfter(6, 5, random).milliseconds)),
    [10_000, 7500, 5005],
  );
});
