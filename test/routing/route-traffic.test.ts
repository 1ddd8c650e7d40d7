import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, test } from 'vitest';
import { countedTimes } from '../../src/latency/cells.ts';
import { cellsOf } from '../../src/latency/sparse-cells.ts';
import { type Counted, type RouteRow, RouteTraffic } from '../../src/routing/route-traffic.ts';

const MOST_TOLD = 200;

function routeNamed(route: string): Counted {
  return { count: null, settings: { routeKey: route } };
}

function worthOf({ requests, failed }: Pick<RouteRow, 'requests' | 'failed'>): number {
  return requests + 50 * failed;
}

describe('requests by route on one thread', () => {
  test('are told as they were counted, once, while there are few routes', () => {
    const request = fc.record({ route: fc.nat(50), failed: fc.boolean() });
    fc.assert(
      fc.property(fc.array(fc.array(request, { maxLength: 100 }), { maxLength: 5 }), (rounds) => {
        const traffic = new RouteTraffic();
        const routes = Array.from({ length: 51 }, (_, each) => routeNamed(`r${each}`));
        for (const round of rounds) {
          const wanted = new Map<string, { requests: number; failed: number }>();
          for (const { route, failed } of round) {
            traffic.note(routes[route]!, failed, 1);
            const sum = wanted.get(`r${route}`) ?? { requests: 0, failed: 0 };
            wanted.set(`r${route}`, {
              requests: sum.requests + 1,
              failed: sum.failed + (failed ? 1 : 0),
            });
          }
          const told = traffic.take().map(({ route, requests, failed }) => [route, { requests, failed }]);
          assert.deepEqual(new Map(told as [string, object][]), wanted);
        }
      }),
    );
  });

  test('of many routes those that are worth most are told, as many as may be', () => {
    const loads = fc.array(fc.record({ requests: fc.integer({ min: 1, max: 5000 }), failed: fc.nat(3) }), {
      minLength: 150,
      maxLength: 600,
    });
    fc.assert(
      fc.property(loads, (all) => {
        const traffic = new RouteTraffic();
        for (const [each, { requests, failed }] of all.entries()) {
          const route = routeNamed(`r${each}`);
          for (let n = 0; n < requests; n++) traffic.note(route, n < failed, -1);
        }
        const told = traffic.take();
        assert.equal(told.length, Math.min(all.length, MOST_TOLD));
        const names = new Set(told.map(({ route }) => route));
        const least = Math.min(...told.map(worthOf));
        for (const [each, { requests, failed }] of all.entries()) {
          if (names.has(`r${each}`)) continue;
          // Whoever is left out is worth less than twice of whoever is not.
          assert.ok(worthOf({ requests, failed: Math.min(failed, requests) }) < 2 * least);
        }
      }),
      { numRuns: 20 },
    );
  });

  test('have their times told from the second time on that they are among the busiest', () => {
    const traffic = new RouteTraffic();
    const route = routeNamed('a.test');
    const timesTold = (): number => {
      traffic.note(route, false, 3);
      traffic.note(route, false, -1);
      return countedTimes(cellsOf(traffic.take()[0]!.latency));
    };
    assert.deepEqual([timesTold(), timesTold(), timesTold()], [0, 1, 1]);
  });

  test('are counted for so many routes and no more', () => {
    const traffic = new RouteTraffic();
    const late = routeNamed('late');
    for (let each = 0; each < 20_000; each++) traffic.note(routeNamed(`r${each}`), false, 1);
    for (let n = 0; n < 100; n++) traffic.note(late, true, 1);
    assert.equal(
      traffic.take().some(({ route }) => route === 'late'),
      false,
    );
    traffic.note(late, true, 1);
    assert.deepEqual(
      traffic.take().map(({ route, requests }) => [route, requests]),
      [['late', 1]],
    );
  });
});
