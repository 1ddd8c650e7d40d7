import assert from 'node:assert/strict';
import fc from 'fast-check';
import { test } from 'vitest';
import { type ArmWindow, failedShare, joinWindows, mergeRouters, NOTHING } from '../../src/cutover/window.ts';
import { armOutcome } from '../../src/http/policy/arm-outcome.ts';
import { LATENCY_CELLS } from '../../src/latency/cells.ts';

const count = fc.nat(1000);
const window: fc.Arbitrary<ArmWindow> = fc.record({
  begun: count,
  answered: count,
  appErrors: count,
  gatewayErrors: count,
  aborted: count,
  inFlight: count,
  latency: fc.array(count, { minLength: LATENCY_CELLS, maxLength: LATENCY_CELLS }),
});
const windows = fc.array(window, { minLength: 1, maxLength: 4 });

function total(list: readonly ArmWindow[], field: Exclude<keyof ArmWindow, 'latency'>): number {
  return list.reduce((sum, one) => sum + one[field], 0);
}

test('windows of several routers add up in everything', () => {
  fc.assert(
    fc.property(windows, (list) => {
      const merged = mergeRouters(list);
      for (const field of [
        'begun',
        'answered',
        'appErrors',
        'gatewayErrors',
        'aborted',
        'inFlight',
      ] as const) {
        assert.equal(merged[field], total(list, field), field);
      }
      merged.latency.forEach((cell, at) => {
        assert.equal(
          cell,
          list.reduce((sum, { latency }) => sum + latency[at]!, 0),
        );
      });
    }),
  );
});

test('windows that follow each other add up, but for what is under way: that is the last one', () => {
  fc.assert(
    fc.property(windows, (list) => {
      assert.deepEqual(joinWindows(list), { ...mergeRouters(list), inFlight: list.at(-1)!.inFlight });
    }),
  );
});

test('the order in which routers are merged makes no difference, nor does one without requests', () => {
  fc.assert(
    fc.property(windows, (list) => {
      assert.deepEqual(mergeRouters([NOTHING, ...list.toReversed()]), mergeRouters(list));
    }),
  );
});

test('errors are shares of what speaks of the arm: clients that went away do not', () => {
  const some = { ...NOTHING, answered: 6, appErrors: 3, gatewayErrors: 1, aborted: 90 };
  assert.equal(failedShare(some), 0.4);
  assert.equal(failedShare(NOTHING), 0);
});

test('5xx and what did not answer are the arm’s, 4xx and what went wrong here are not', () => {
  assert.equal(armOutcome('answered', 404), 'answered');
  assert.equal(armOutcome('answered', 500), 'app-error');
  assert.equal(armOutcome('tunnelled', 101), 'answered');
  assert.equal(armOutcome('abandoned', 0), 'aborted');
  for (const ours of ['panicked', 'local', 'own-fault', 'unsent'] as const) {
    assert.equal(armOutcome(ours, 0), 'not-judged');
  }
  for (const theirs of ['dial', 'timeout', 'closed-early', 'malformed', 'truncated', 'not-tls'] as const) {
    assert.equal(armOutcome(theirs, 200), 'gateway-error');
  }
});
