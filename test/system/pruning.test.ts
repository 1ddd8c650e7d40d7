import assert from 'node:assert/strict';
import { test } from 'vitest';
import { Backend } from '../support/backend.ts';
import { operatorPage } from '../support/operator-page.ts';
import { ask, get, statusOf } from '../support/raw-http.ts';
import { TestRouter } from '../support/router.ts';

const SHORT = { droplet_stale_threshold: '1s', prune_stale_droplets_interval: '100ms' };

async function statusFor(router: TestRouter, host: string): Promise<number> {
  return statusOf(await ask(router.port, get(host)));
}

async function routes(router: TestRouter): Promise<string[]> {
  const page = await operatorPage(router.router.addresses.routes, '/routes');
  return Object.keys(JSON.parse(page)).sort();
}

test('C11-13 §1.7 a route whose heartbeats stop is gone after its time, one with heartbeats or TLS stays', async (t) => {
  const router = await TestRouter.start(t, SHORT);
  const app = await Backend.start(t);
  await router.route('alive.test', app.port);
  router.register('secure.test', 0, { tls_port: app.port });
  const heartbeat = setInterval(() => router.register('alive.test', app.port), 100);
  t.onTestFinished(() => clearInterval(heartbeat));
  const registeredAt = performance.now();
  await router.route('silent.test', app.port);
  assert.deepEqual(await routes(router), ['alive.test', 'secure.test', 'silent.test']);

  let status = 200;
  while (status === 200) status = await statusFor(router, 'silent.test');
  const lived = performance.now() - registeredAt;
  assert.equal(status, 404);
  assert.ok(lived >= 1000, `${lived} ms`);
  assert.equal(await statusFor(router, 'alive.test'), 200);
  assert.deepEqual(await routes(router), ['alive.test', 'secure.test']);
});

test('C11-13 §1.5 a registration may ask for a shorter life than the router gives', async (t) => {
  const router = await TestRouter.start(t, { ...SHORT, droplet_stale_threshold: '60s' });
  const app = await Backend.start(t);
  await router.route('long.test', app.port);
  await router.route('short.test', app.port, { stale_threshold_in_seconds: 1 });
  while ((await statusFor(router, 'short.test')) === 200);
  assert.equal(await statusFor(router, 'long.test'), 200);
});
