import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, test } from 'vitest';
import { LATENCY_CELLS, latencyCell } from '../../src/latency/cells.ts';
import { coveredSeconds, emptySums, STEP_MS, Traffic, WINDOWS } from '../../src/latency/traffic.ts';

describe('what an instance did in the last 10, 60 and 300 seconds', () => {
  test('is what ended in the time that each window says it covers, and nothing twice', () => {
    const event = fc.record({
      steps: fc.oneof(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 200 })),
      failed: fc.boolean(),
      ms: fc.oneof(fc.double({ min: 0, max: 200_000, noNaN: true }), fc.constant(-1)),
    });
    fc.assert(
      fc.property(fc.array(event, { maxLength: 80 }), fc.integer({ min: 0, max: 400 }), (events, rest) => {
        const traffic = new Traffic();
        let step = 0;
        const all: { step: number; failed: boolean; ms: number }[] = [];
        for (const { steps, failed, ms } of events) {
          for (let at = 0; at < steps; at++) traffic.settle(step++);
          traffic.note(failed, ms);
          all.push({ step, failed, ms });
        }
        for (let at = 0; at <= rest; at++) traffic.settle(step++);
        const last = step - 1;
        const covered = coveredSeconds(last);
        const sums = emptySums();
        traffic.addTo(sums, last);
        for (const [window, { requests, errors, cells }] of sums.entries()) {
          const steps = (covered[window]! * 1000) / STEP_MS;
          const inside = all.filter((each) => each.step > last - steps);
          const expected = new Float64Array(LATENCY_CELLS);
          for (const { ms } of inside) if (ms >= 0) expected[latencyCell(ms)]!++;
          assert.equal(requests, inside.length);
          assert.equal(errors, inside.filter(({ failed }) => failed).length);
          assert.deepEqual(cells, expected);
          assert.equal(traffic.requestsIn(window, last), requests);
        }
        assert.equal(traffic.isOver(last), traffic.requestsIn(WINDOWS.length - 1, last) === 0);
      }),
    );
  });

  test('covers no more than it says, and not much less once there was so much time', () => {
    for (let step = 0; step < 1000; step++) {
      for (const [window, seconds] of coveredSeconds(step).entries()) {
        assert.ok(seconds <= WINDOWS[window]!, `${step}`);
        const possible = Math.min(WINDOWS[window]!, ((step + 1) * STEP_MS) / 1000);
        assert.ok(seconds > possible * 0.8, `${step}: ${seconds} of ${possible}`);
      }
    }
  });

  test('is not over while something is under way', () => {
    const traffic = new Traffic();
    assert.ok(traffic.isOver(0));
    traffic.open++;
    assert.ok(!traffic.isOver(10_000));
    traffic.open--;
    traffic.note(false, 1);
    assert.ok(!traffic.isOver(10_000));
    traffic.settle(10_000);
    assert.ok(!traffic.isOver(10_100));
    assert.ok(traffic.isOver(10_200));
  });
});
