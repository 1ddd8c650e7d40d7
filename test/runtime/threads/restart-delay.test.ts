import assert from 'node:assert/strict';
import { test } from 'vitest';
import { RestartDelay } from '../../../src/runtime/threads/restart-delay.ts';

test('the first thread that is lost is replaced at once, and one that dies at once ever later, up to ten seconds', () => {
  const delay = new RestartDelay();
  let now = 1e6;
  let startedAt = 0;
  const waits: number[] = [];
  for (let each = 0; each < 10; each++) {
    delay.lose(startedAt, now);
    waits.push(delay.left(now));
    now += delay.left(now);
    startedAt = now;
    now += 5;
  }
  assert.deepEqual(waits, [0, 100, 200, 400, 800, 1600, 3200, 6400, 10_000, 10_000]);
});

test('many that are lost together are one loss, and each is counted once', () => {
  const delay = new RestartDelay();
  for (let now = 1000; now < 1008; now++) delay.lose(0, now);
  assert.equal(delay.left(1008), 0);
  delay.lose(1010, 1020);
  delay.lose(1011, 1021);
  delay.lose(1010, 1030);
  assert.equal(delay.left(1020), 100);
});

test('after a minute without a loss the next is replaced at once', () => {
  const delay = new RestartDelay();
  delay.lose(0, 1000);
  delay.lose(1001, 2000);
  delay.lose(2100, 62_200);
  assert.equal(delay.left(62_200), 0);
});
