import assert from 'node:assert/strict';
import { test } from 'vitest';
import { PauseDetector } from '../../src/time/pause-detector.ts';

test('a beat in its time, or a little late, is no pause', () => {
  const detector = new PauseDetector(1000, 0);
  for (const now of [1000, 2400, 3900, 4800]) detector.beat(now);
  assert.equal(detector.take(6300), false);
});

test('a beat that is missing is one, told once, whoever notices first', () => {
  const noticed = new PauseDetector(1000, 0);
  noticed.beat(1000);
  assert.equal(noticed.take(6000), true);
  assert.equal(noticed.take(6001), false);

  const told = new PauseDetector(1000, 0);
  told.beat(6000);
  told.beat(7000);
  assert.equal(told.take(7001), true);
  assert.equal(told.take(7002), false);
});

test('time before it was made is none of its', () => {
  assert.equal(new PauseDetector(100, 1e9).take(1e9 + 100), false);
});

test('a running time stands still in a pause, and for no longer', () => {
  const detector = new PauseDetector(1000, 0);
  detector.beat(1000);
  assert.equal(detector.running(1500), 1500);
  // The next beat is due at 2000.
  assert.equal(detector.running(9000), 2000);
  detector.beat(9000);
  assert.equal(detector.running(9000), 2000);
  detector.beat(10_000);
  assert.equal(detector.running(10_300), 3300);
  assert.equal(detector.take(10_300), true);
});

test('a running time never goes back, whoever asks while a beat is late', () => {
  const detector = new PauseDetector(1000, 0);
  let before = 0;
  for (let now = 0; now < 20_000; now += 90) {
    if (now % 5000 < 1000) detector.beat(now);
    const running = detector.running(now);
    assert.ok(running >= before && running - before <= 90, `${running} after ${before}`);
    before = running;
  }
});
