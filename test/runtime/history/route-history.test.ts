import assert from 'node:assert/strict';
import { describe, test } from 'vitest';
import { latencyCell } from '../../../src/latency/cells.ts';
import type { RouteRow } from '../../../src/routing/route-traffic.ts';
import { RouteHistory } from '../../../src/runtime/history/route-history.ts';

function row(route: string, requests: number, failed = 0, ms: number | null = null): RouteRow {
  return { route, requests, failed, latency: ms === null ? [] : [latencyCell(ms), requests] };
}

describe('the past of routes', () => {
  test('adds up what all threads tell of an interval', () => {
    const routes = new RouteHistory();
    routes.add([row('a', 10, 1, 2), row('b', 5), row('a', 40, 9, 80)]);
    assert.deepEqual(routes.of('a')!.from(0, 'requests'), [10]);
    assert.deepEqual(routes.of('a')!.from(0, 'failed'), [2]);
    assert.equal(latencyCell(routes.minute('a')!.p95), latencyCell(80));
    assert.ok(Number.isNaN(routes.minute('b')!.p95));
    assert.deepEqual(
      routes.busiest().map(({ route, requests, seconds }) => [route, requests, seconds]),
      [
        ['a', 50, 5],
        ['b', 5, 5],
      ],
    );
    assert.deepEqual(
      routes.failing().map(({ route, failed }) => [route, failed]),
      [['a', 10]],
    );
  });

  test('has the percentile of a whole minute, not of one of its intervals', () => {
    const routes = new RouteHistory();
    routes.add([row('a', 4, 0, 80)]);
    assert.equal(latencyCell(routes.minute('a')!.p95), latencyCell(80));
    routes.add([row('a', 96, 0, 2)]);
    assert.equal(latencyCell(routes.minute('a')!.p95), latencyCell(2));
  });

  test('goes on with nothing where a route is quiet, and forgets it after 15 minutes', () => {
    const routes = new RouteHistory();
    routes.add([row('a', 10)]);
    for (let each = 0; each < 12; each++) routes.add([]);
    assert.deepEqual(routes.of('a')!.from(0, 'requests').slice(0, 3), [2, 0, 0]);
    assert.deepEqual(
      [routes.busiest(), routes.minute('a')!.requests, routes.minute('a')!.seconds],
      [[], 0, 60],
    );
    for (let each = 0; each < 200; each++) routes.add([]);
    assert.equal(routes.of('a'), null);
  });

  test('is kept of 500 routes: the quietest makes room for one that is busier', () => {
    const routes = new RouteHistory();
    const busy = Array.from({ length: 499 }, (_, each) => row(`busy${each}`, 100));
    routes.add([...busy, row('quiet', 1)]);
    routes.add([...busy, row('new', 1)]);
    assert.equal(routes.of('quiet'), null);
    assert.notEqual(routes.of('new'), null);
    routes.add([...busy, row('new', 20), row('as quiet', 1)]);
    assert.equal(routes.of('as quiet'), null);
    routes.add([...busy, row('new', 20), row('busier', 1000)]);
    assert.equal(routes.of('new'), null);
    assert.deepEqual(routes.of('busier')!.from(0, 'requests'), [200]);
  });
});
