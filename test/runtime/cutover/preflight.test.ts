import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, test } from 'vitest';
import { capacity } from '../../../src/cutover/capacity.ts';
import type { ArmReport } from '../../../src/runtime/cutover/arm-report.ts';
import { preflight } from '../../../src/runtime/cutover/preflight.ts';

const WISH = {
  route: 'shop.test',
  from: 'app:blue',
  to: 'app:green',
  expectRouters: null,
  maxLoadFactor: 2,
};

function report(from: number, to: number): ArmReport {
  const arm = (endpoints: number) => ({ endpoints, counts: [0, 0, 0, 0, 0, 0], latency: [], worst: [] });
  return { revision: 0, arms: [arm(from), arm(to)] };
}

function fleet(reports: Readonly<Record<string, ArmReport>>, more: object = {}) {
  const ids = Object.keys(reports);
  return { reports: new Map(Object.entries(reports)), routers: ids, gorouters: [], ...more };
}

describe('2.4 a cutover', () => {
  test('may begin where every router has both arms, and the new one is large enough', () => {
    assert.equal(preflight(WISH, fleet({ r1: report(10, 10), r2: report(3, 5) })), null);
    assert.equal(
      preflight({ ...WISH, expectRouters: 2 }, fleet({ r1: report(1, 1), r2: report(1, 1) })),
      null,
    );
    assert.equal(preflight({ ...WISH, maxLoadFactor: 11 }, fleet({ r1: report(10, 1) })), null);
  });

  test('does not begin, and says what is in its way', () => {
    const good = { r1: report(1, 1), r2: report(1, 1) };
    for (const [why, said] of [
      [
        preflight(WISH, fleet(good, { gorouters: ['gr-0', 'gr-1'] })),
        /^routers gr-0, gr-1 on this bus: .* splits/,
      ],
      [preflight(WISH, fleet(good, { routers: ['r1', 'r2', 'r3'] })), /^router r3 did not answer/],
      [
        preflight({ ...WISH, expectRouters: 3 }, fleet(good)),
        /^3 routers were expected, 2 answered: r1, r2$/,
      ],
      [
        preflight(WISH, fleet({ ...good, r2: report(1, 0) })),
        /^r2 has no endpoint of app:green for shop\.test: map it/,
      ],
      [
        preflight(WISH, fleet({ ...good, r2: report(0, 1) })),
        /^r2 has no endpoint of app:blue .* nothing to replace/,
      ],
      [
        preflight(WISH, fleet({ r1: report(9, 1) })),
        /^app:green has 1 of 10 endpoints on r1, enough for 20 %/,
      ],
    ] as const) {
      assert.match(why ?? 'null', said);
    }
  });
});

test('2.4 no endpoint of the new arm gets more than its load factor allows, on the router that has the fewest', () => {
  const instances = fc.record({ from: fc.nat(50), to: fc.nat(50) });
  fc.assert(
    fc.property(
      fc.array(instances, { minLength: 1, maxLength: 5 }),
      fc.integer({ min: 1, max: 5 }),
      (all, factor) => {
        const most = capacity(all, factor);
        assert.ok(most >= 0 && most <= 10_000);
        for (const { from, to } of all) {
          if (from + to > 0) assert.ok(most / 10_000 <= (factor * to) / (from + to) + 1e-9);
        }
      },
    ),
  );
});
