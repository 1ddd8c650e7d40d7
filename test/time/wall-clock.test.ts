import assert from 'node:assert/strict';
import { performance } from 'node:perf_hooks';
import fc from 'fast-check';
import { describe, type TestContext, test, vi } from 'vitest';
import { followSystemClock, systemTime, WallClock, wallTime } from '../../src/time/wall-clock.ts';

const YEAR_2100 = Date.UTC(2100, 0);

describe('a wall clock', () => {
  test('writes a Date header and an access-log time to the letter', () => {
    const clock = new WallClock();
    const time = Date.UTC(2006, 0, 2, 15, 4, 5, 67) + 0.25;
    assert.equal(clock.httpDate(time), 'Mon, 02 Jan 2006 15:04:05 GMT');
    assert.equal(clock.isoNanoseconds(time), '2006-01-02T15:04:05.067250000Z');
    assert.equal(clock.isoNanoseconds(Date.UTC(2006, 0, 2, 15, 4, 5)), '2006-01-02T15:04:05.000000000Z');
  });

  test('tells any time, whatever it told before', () => {
    const time = fc.tuple(fc.nat(YEAR_2100), fc.nat(4095)).map(([ms, fraction]) => ms + fraction / 4096);
    const clock = new WallClock();
    fc.assert(
      fc.property(time, fc.nat(3000), (start, later) => {
        for (const now of [start, start + later, start]) {
          const date = new Date(Math.floor(now));
          assert.equal(clock.httpDate(now), date.toUTCString());
          const text = clock.isoNanoseconds(now);
          assert.equal(text.length, '2006-01-02T15:04:05.000000000Z'.length);
          assert.equal(text.slice(0, 23), date.toISOString().slice(0, 23));
          const microseconds = Number(text.slice(23, 26));
          assert.ok(Math.abs(microseconds - (now - Math.floor(now)) * 1000) <= 1, `${text} for ${now}`);
        }
      }),
      { numRuns: 1000 },
    );
  });
});

describe('an instant of the monotonic clock is one of the system’s clock', () => {
  const HOUR = 3_600_000;
  const { instant } = Temporal.Now;
  const setBack = (t: TestContext, shift: () => number) => {
    vi.spyOn(Temporal.Now, 'instant').mockImplementation(() => instant().add({ milliseconds: shift() }));
    t.onTestFinished(() => {
      vi.restoreAllMocks();
      followSystemClock();
    });
  };

  test('from the beginning', () => {
    assert.ok(Math.abs(wallTime(performance.now()) - Date.now()) < 10_000);
  });

  test('as it is by now, when that has been set forward or back', (t) => {
    let shift = 0;
    setBack(t, () => shift);
    for (shift of [24 * HOUR, -24 * HOUR, 1000, -1000, 0]) {
      followSystemClock();
      assert.ok(Math.abs(wallTime(performance.now()) - systemTime()) < 5);
    }
  });

  test('and does not move with what the measuring takes', (t) => {
    const at = performance.now();
    followSystemClock();
    const before = wallTime(at);
    // Between the two looks at the steady clock the thread is held up.
    setBack(t, () => {
      const until = performance.now() + 20;
      while (performance.now() < until);
      return 0;
    });
    followSystemClock();
    assert.equal(wallTime(at), before);
  });
});
