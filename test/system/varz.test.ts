import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { type TestContext, test } from 'vitest';
import { Backend, ok } from '../support/backend.ts';
import { NatsRawClient } from '../support/nats-raw-client.ts';
import { findNatsServer, startNatsServer } from '../support/nats-server.ts';
import { operatorPage } from '../support/operator-page.ts';
import { ask, get, statusOf, valuesOf } from '../support/raw-http.ts';
import { TestRouter } from '../support/router.ts';
import { skipFor } from '../support/skip-for.ts';

const KEYS = [
  'bad_gateways',
  'bad_requests',
  'cpu',
  'credentials',
  'droplets',
  'host',
  'index',
  'latency',
  'log_counts',
  'mem',
  'ms_since_last_registry_update',
  'num_cores',
  'rate',
  'requests',
  'requests_per_sec',
  'responses_2xx',
  'responses_3xx',
  'responses_4xx',
  'responses_5xx',
  'responses_xxx',
  'start',
  'tags',
  'top10_app_requests',
  'type',
  'uptime',
  'urls',
  'uuid',
];

const DEPRECATED = { status: { enable_deprecated_varz_healthz_endpoints: true } };

async function varzOf(router: TestRouter) {
  return JSON.parse(await operatorPage(router.router.addresses.health!, '/varz'));
}

test('§6.1 §6.3 /varz tells of the router and its requests, by component too, over all threads', async (t) => {
  const router = await TestRouter.start(t, { ...DEPRECATED, index: 7, per_request_metrics_reporting: false });
  const backend = await Backend.start(t, ({ start }) =>
    start.includes('/teapot') ? "HTTP/1.1 418 I'm a teapot\r\nContent-Length: 0\r\n\r\n" : ok(),
  );
  await router.route('app.test', backend.port, { app: 'app-1', tags: { component: 'web' } });
  await router.route('other.test', backend.port, { app: 'app-2' });
  for (let i = 0; i < 3; i++) await ask(router.port, get('app.test', '/teapot'));
  const lost = await ask(router.port, get('nobody.test'));
  assert.equal(statusOf(lost), 404);
  const text = await operatorPage(router.router.addresses.health!, '/varz');
  const varz = JSON.parse(text);
  assert.equal(text, `${JSON.stringify(varz)}\n`);
  assert.deepEqual(Object.keys(varz), KEYS, 'sorted, as Go sorts them');
  assert.equal(varz.type, 'Router');
  assert.equal(varz.index, 7);
  assert.equal(varz.host, `127.0.0.1:${router.router.addresses.health}`);
  assert.deepEqual(varz.credentials, ['operator', 'secret']);
  assert.match(varz.uuid, /^7-[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.match(varz.start, /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d [+-]\d{4}$/);
  assert.match(varz.uptime, /^0d:0h:0m:\d+s$/);
  assert.ok(varz.mem > 1e6 && varz.num_cores >= 1 && varz.cpu >= 0);
  // One address with two applications is two backends.
  assert.deepEqual([varz.urls, varz.droplets], [2, 2]);
  assert.ok(varz.bad_requests >= 1);
  assert.equal(varz.bad_gateways, 0);
  assert.ok(varz.ms_since_last_registry_update >= 0);
  const { web } = varz.tags.component;
  assert.deepEqual(Object.keys(varz.tags.component), ['web']);
  assert.equal(web.responses_4xx, 3);
  assert.equal(web.requests, web.responses_2xx + 3);
  assert.equal(varz.requests, backend.requests.length);
  assert.equal(varz.responses_2xx, varz.requests - 3);
  assert.deepEqual(Object.keys(varz.latency), ['50', '75', '90', '95', '99', 'samples', 'value']);
  assert.deepEqual([varz.latency.value, varz.latency.samples], [5e-7, 1]);
  const percentiles = ['50', '75', '90', '95', '99'].map((name) => varz.latency[name]);
  assert.deepEqual(
    percentiles,
    percentiles.toSorted((a, b) => a - b),
  );
  assert.ok(percentiles[0] > 0 && percentiles[4] < 60, 'seconds');
  assert.deepEqual(varz.rate.length, 3);
  const [first, second, ...more] = varz.top10_app_requests;
  assert.deepEqual([first.application_id, second.application_id].sort(), ['app-1', 'app-2']);
  assert.deepEqual(more, []);
  assert.equal(first.rpm + second.rpm, varz.requests);
  assert.equal(first.rps, Math.floor(first.rpm / 60));
});

test('§6.3 rates follow within five seconds', { timeout: 60_000 }, async (t) => {
  const router = await TestRouter.start(t, DEPRECATED);
  const backend = await Backend.start(t, () => ok());
  await router.route('app.test', backend.port);
  let varz = await varzOf(router);
  while (varz.requests_per_sec === 0) {
    await delay(100);
    varz = await varzOf(router);
  }
  assert.ok(varz.rate[0] > 0);
  assert.equal(varz.requests_per_sec, varz.rate[0]);
});

test('§6.1 with the deprecated pages /health and /healthz ask for no password, everything else does', async (t) => {
  const router = await TestRouter.start(t, DEPRECATED);
  const health = router.router.addresses.health!;
  const page = (path: string) => ask(health, get('x', path));
  const alive = await page('/healthz');
  assert.equal(statusOf(alive), 200);
  assert.equal(alive.body, 'ok');
  assert.deepEqual(valuesOf(alive, 'Content-Type'), ['text/plain']);
  assert.deepEqual(valuesOf(alive, 'Connection'), ['close']);
  assert.equal((await page('/health')).body, 'ok\n');
  for (const path of [
    '/varz',
    '/routes',
    '/metrics',
    '/is-process-alive-do-not-use-for-loadbalancing',
    '/x',
  ]) {
    const refused = await page(path);
    assert.equal(statusOf(refused), 401, path);
    assert.equal(refused.body, '401 Unauthorized\n');
  }
  assert.equal(await operatorPage(health, '/routes'), '{}\n');
  const authorization = `Authorization: Basic ${Buffer.from('operator:secret').toString('base64')}`;
  assert.equal(statusOf(await ask(health, get('x', '/x', [authorization]))), 404);
});

test('§6.1 without the flag there are no such pages', async (t) => {
  const router = await TestRouter.start(t);
  for (const path of ['/healthz', '/varz', '/routes']) {
    assert.equal(statusOf(await ask(router.router.addresses.health!, get('x', path))), 404, path);
  }
});

const skip = findNatsServer() === undefined && 'nats-server is not installed';

async function cluster(t: TestContext) {
  const server = await startNatsServer();
  t.onTestFinished(() => server.close());
  const watcher = await NatsRawClient.connect(server.port);
  t.onTestFinished(() => void watcher.socket.destroy());
  watcher.send('CONNECT {"verbose":false}\r\nSUB vcap.component.announce 1\r\nSUB inbox 2\r\n');
  await watcher.roundTrip();
  return { watcher, nats: { hosts: [{ hostname: '127.0.0.1', port: server.port }] } };
}

test(
  '§1.2 the router announces itself once, and answers who asks for components',
  skipFor(skip),
  async (t) => {
    const { watcher, nats } = await cluster(t);
    const router = await TestRouter.start(t, { ...DEPRECATED, nats });
    const told = async (pattern: RegExp) => {
      await watcher.until(pattern);
      return JSON.parse(pattern.exec(watcher.received)![1]!);
    };
    const announced = await told(/^MSG vcap\.component\.announce 1 \d+\r\n(\{.*\})\r\n/m);
    assert.deepEqual(Object.keys(announced), KEYS);
    watcher.send('PUB vcap.component.discover 0\r\n\r\nPUB vcap.component.discover inbox 0\r\n\r\n');
    const answered = await told(/^MSG inbox 2 \d+\r\n(\{.*\})\r\n/m);
    assert.deepEqual(Object.keys(answered), KEYS);
    assert.equal(answered.uuid, announced.uuid);
    assert.equal(answered.host, `127.0.0.1:${router.router.addresses.health}`);
    assert.equal(watcher.received.match(/^MSG /gm)!.length, 2);
  },
);

test('§1.2 without the flag nothing is announced and nobody answered', skipFor(skip), async (t) => {
  const { watcher, nats } = await cluster(t);
  await TestRouter.start(t, { nats });
  watcher.send('PUB vcap.component.discover inbox 0\r\n\r\nPUB router.greet inbox 0\r\n\r\n');
  await watcher.until(/minimumRegisterIntervalInSeconds/);
  assert.equal(watcher.received.match(/^MSG /gm)!.length, 1);
});
