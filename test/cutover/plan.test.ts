import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, test } from 'vitest';
import {
  DEFAULT_PLAN,
  isPlanFault,
  makePlan,
  nextWeight,
  type Plan,
  type PlanSettings,
  plannedLooks,
} from '../../src/cutover/plan.ts';

function made(changes: Partial<PlanSettings>): Plan {
  const plan = makePlan({ ...DEFAULT_PLAN, ...changes });
  if (isPlanFault(plan)) assert.fail(plan.message);
  return plan;
}

test('percentages are weights in hundredths of a percent, with two decimals at most', () => {
  assert.deepEqual(made({}).weights, [100, 500, 2500, 5000, 10_000]);
  assert.deepEqual(made({ plan: ' 0.01, 0.5,1.25 ,100' }).weights, [1, 50, 125, 10_000]);
  assert.deepEqual(made({ plan: '100' }).weights, [10_000]);
});

describe('one sentence says what is wrong', () => {
  const faults: readonly (readonly [Partial<PlanSettings>, string])[] = [
    [{ plan: '' }, '--plan: "" is not a percentage from 0.01 to 100, as in 1,5,25,50,100'],
    [{ plan: '1,x,100' }, '--plan: "x" is not a percentage from 0.01 to 100, as in 1,5,25,50,100'],
    [{ plan: '0,100' }, '--plan: "0" is not a percentage from 0.01 to 100, as in 1,5,25,50,100'],
    [{ plan: '1.234,100' }, '--plan: "1.234" is not a percentage from 0.01 to 100, as in 1,5,25,50,100'],
    [{ plan: '50,101' }, '--plan: "101" is not a percentage from 0.01 to 100, as in 1,5,25,50,100'],
    [{ plan: '25,5,100' }, '--plan: 5 comes after 25, and a cutover only goes up'],
    [{ plan: '5,5,100' }, '--plan: 5 comes after 5, and a cutover only goes up'],
    [{ plan: '1,5.5' }, '--plan: ends at 5.5, and a cutover ends at 100'],
    [{ plan: '1,'.repeat(101) }, '--plan: has more than 100 steps'],
    [{ windowMs: 500 }, '--window: must be from 1s to 600s'],
    [{ stepMs: 5000 }, '--step-time: must be from a window, 15s, to 168h'],
    [{ quietMs: 5000 }, '--quiet-timeout: must be from a window, 15s, to 168h'],
    [{ soakMs: 1e12 }, '--soak: must be from 0s to 168h'],
    [{ minRequests: 5 }, '--min-requests: 5 is not a whole number from 20 to 1000000'],
    [{ minRequests: 50.5 }, '--min-requests: 50.5 is not a whole number from 20 to 1000000'],
    [{ windowMs: Number.NaN }, '--window: must be from 1s to 600s'],
  ];
  for (const [changes, message] of faults) {
    test(message, () => {
      assert.deepEqual(makePlan({ ...DEFAULT_PLAN, ...changes }), { kind: 'plan-fault', message });
    });
  }
});

test('whatever the text, a plan rises strictly to the whole, or there is a fault', () => {
  const text = fc.array(fc.oneof(fc.integer({ min: -5, max: 120 }).map(String), fc.string({ maxLength: 4 })));
  fc.assert(
    fc.property(
      text.map((steps) => steps.join(',')),
      (plan) => {
        const result = makePlan({ ...DEFAULT_PLAN, plan });
        if (isPlanFault(result)) return assert.match(result.message, /^--plan: /);
        assert.equal(result.weights.at(-1), 10_000);
        result.weights.reduce((before, weight) => {
          assert.ok(weight > before && Number.isInteger(weight));
          return weight;
        }, 0);
      },
    ),
  );
});

test('the next weight is the first above what there is, wherever that came from', () => {
  const plan = made({});
  assert.deepEqual(
    [0, 100, 300, 5000, 10_000].map((weight) => nextWeight(plan, weight)),
    [100, 500, 500, 10_000, null],
  );
});

test('a weight has as many looks as windows fit its time, and at least one', () => {
  assert.equal(plannedLooks(made({}), 500), 4);
  assert.equal(plannedLooks(made({ windowMs: 16_000 }), 500), 4);
  assert.equal(plannedLooks(made({ soakMs: 31_000 }), 10_000), 3);
  assert.equal(plannedLooks(made({ soakMs: 0 }), 10_000), 1);
});
