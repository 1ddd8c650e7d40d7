import assert from 'node:assert/strict';
import fc from 'fast-check';
import { test } from 'vitest';
import { Rate } from '../../src/status/rate.ts';
import { TopApps } from '../../src/status/top-apps.ts';
import { startText, uptimeText } from '../../src/status/varz-times.ts';
import { SPREAD_WIDTH, spreadCell, spreadPercentile } from '../../src/telemetry/spread.ts';

test('§6.3 times are spelled as gorouter spells them', () => {
  assert.equal(uptimeText(0), '0d:0h:0m:0s');
  assert.equal(uptimeText((3 * 3600 + 22 * 60 + 31) * 1000 + 999), '0d:3h:22m:31s');
  assert.equal(uptimeText(400 * 86_400_000), '400d:0h:0m:0s');
  const at = Date.UTC(2006, 0, 2, 22, 4, 5);
  assert.equal(startText(at, -7 * 60), '2006-01-02 15:04:05 -0700');
  assert.equal(startText(at, 0), '2006-01-02 22:04:05 +0000');
  assert.equal(startText(at, 330), '2006-01-03 03:34:05 +0530');
});

test('§6.3 a rate begins with what is counted first, and forgets in about its own time', () => {
  const rate = new Rate();
  assert.deepEqual(rate.perSecond, [0, 0, 0]);
  rate.tick(500);
  assert.deepEqual(rate.perSecond, [100, 100, 100]);
  for (let seconds = 0; seconds < 60; seconds += 5) rate.tick(500);
  const [one, five, fifteen] = rate.perSecond;
  // After one time constant 1/e is left.
  assert.ok(Math.abs(one - 100 * Math.exp(-1)) < 1e-9);
  assert.ok(Math.abs(five - 100 * Math.exp(-1 / 5)) < 1e-9);
  assert.ok(Math.abs(fifteen - 100 * Math.exp(-1 / 15)) < 1e-9);
});

test('§6.3 the top applications are those of the last minute', () => {
  const apps = new TopApps();
  apps.add([['old', 100]]);
  for (let ticks = 0; ticks < 6; ticks++) apps.tick();
  apps.add([
    ['busy', 30],
    ['idle', 1],
  ]);
  apps.add([['busy', 5]]);
  assert.deepEqual(apps.top(2), [
    ['old', 100],
    ['busy', 35],
  ]);
  for (let ticks = 0; ticks < 7; ticks++) apps.tick();
  assert.deepEqual(apps.top(10), [
    ['busy', 35],
    ['idle', 1],
  ]);
});

test('§6.3 percentiles of a spread are those of the times themselves to 5 %', () => {
  const times = fc.array(fc.double({ min: 0.02, max: 600_000, noNaN: true }), {
    minLength: 1,
    maxLength: 200,
  });
  fc.assert(
    fc.property(times, fc.constantFrom(0.5, 0.75, 0.9, 0.95, 0.99), (milliseconds, share) => {
      const cells = new Float64Array(SPREAD_WIDTH);
      for (const time of milliseconds) cells[spreadCell(time)]!++;
      const exact = milliseconds.toSorted((a, b) => a - b)[Math.ceil(milliseconds.length * share) - 1]!;
      const told = spreadPercentile(cells, share);
      assert.ok(told >= exact * 0.9999 && told <= exact * 1.0501, `${told} for ${exact}`);
    }),
  );
  assert.equal(spreadPercentile(new Float64Array(SPREAD_WIDTH), 0.5), 0);
  for (const odd of [Number.NaN, -1, 0, 1e300, Number.POSITIVE_INFINITY]) {
    assert.ok(spreadCell(odd) >= 0 && spreadCell(odd) < SPREAD_WIDTH, `${odd}`);
  }
});
