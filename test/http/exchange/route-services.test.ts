import assert from 'node:assert/strict';
import { test } from 'vitest';
import { RouteServices } from '../../../src/http/exchange/route-services.ts';
import type { Detour } from '../../../src/route-service/passage.ts';
import { routeServicesOf } from '../../support/route-service-settings.ts';

/** How many services' connections are kept. */
const MOST = 1024;

function detourTo(name: number): Detour {
  const host = `service-${name}.test`;
  return {
    kind: 'detour',
    service: { tls: true, host, port: 443, authority: host, target: '/' },
    forwardedUrl: '',
    headers: { signature: '', metadata: '' },
    hairpins: false,
  };
}

function services(): RouteServices {
  return new RouteServices(routeServicesOf('', []), { match: () => null }, () => false);
}

function isRetired(pool: ReturnType<RouteServices['enter']>): boolean {
  return pool.endpoints[0]!.backend.isRetired;
}

test('of more route services than are kept the one asked least lately is let go', () => {
  const kept = services();
  const pools = Array.from({ length: MOST }, (_, name) => kept.enter(detourTo(name)));
  for (const pool of pools) kept.leave(pool);
  kept.leave(kept.enter(detourTo(0)));
  kept.leave(kept.enter(detourTo(MOST)));
  assert.deepEqual(
    pools.flatMap((pool, name) => (isRetired(pool) ? [name] : [])),
    [1],
  );
  assert.equal(kept.enter(detourTo(0)), pools[0]);
  assert.notEqual(kept.enter(detourTo(1)), pools[1]);
});

test('a route service that an exchange is sent to is kept, however many others there are', () => {
  const kept = services();
  const [first, second] = [kept.enter(detourTo(0)), kept.enter(detourTo(1))];
  kept.leave(second);
  for (let name = 2; name < 2 * MOST; name++) kept.leave(kept.enter(detourTo(name)));
  assert.deepEqual([isRetired(first), isRetired(second)], [false, true]);
  assert.equal(kept.enter(detourTo(0)), first);
});
