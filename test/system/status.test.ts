import assert from 'node:assert/strict';
import { setTimeout } from 'node:timers/promises';
import { test } from 'vitest';
import { Backend } from '../support/backend.ts';
import { CellgateProcess } from '../support/cellgate-process.ts';
import { freePort } from '../support/free-port.ts';
import { operatorPage } from '../support/operator-page.ts';
import { ask, get, RawClient, statusOf } from '../support/raw-http.ts';
import { TestRouter } from '../support/router.ts';

test('§6.2 /routes shows what was registered over the bus, to operators only', async (t) => {
  const router = await TestRouter.start(t);
  const app = await Backend.start(t);
  router.register('Secure.test/Path', 0, {
    tls_port: 61_001,
    server_cert_domain_san: 'instance-1',
    private_instance_id: 'instance-1',
    availability_zone: 'z1',
    isolation_segment: 'segment',
    tags: { component: 'app' },
    stale_threshold_in_seconds: 60,
    options: { loadbalancing: 'least-connection' },
  });
  await router.route('app.test', app.port);
  const { routes } = router.router.addresses;
  assert.deepEqual(JSON.parse(await operatorPage(routes, '/routes')), {
    'app.test': [
      {
        address: `127.0.0.1:${app.port}`,
        availability_zone: '',
        protocol: 'http1',
        tls: false,
        ttl: 120,
        tags: null,
      },
    ],
    'secure.test/path': [
      {
        address: '127.0.0.1:61001',
        availability_zone: 'z1',
        protocol: 'http1',
        tls: true,
        ttl: 60,
        tags: { component: 'app' },
        isolation_segment: 'segment',
        private_instance_id: 'instance-1',
        server_cert_domain_san: 'instance-1',
        load_balancing_algorithm: 'least-connection',
      },
    ],
  });
  const stranger = await fetch(`http://127.0.0.1:${routes}/routes`);
  assert.equal(stranger.status, 401);
  assert.equal(await stranger.text(), '401 Unauthorized\n');
});

test('§6.5 /metrics counts requests and registrations', async (t) => {
  const router = await TestRouter.start(t);
  const app = await Backend.start(t);
  await router.route('app.test', app.port, { tags: { component: 'web' } });
  const before = await samples();
  router.register('app.test', app.port, { tags: { component: 'web' } });
  for (let request = 0; request < 5; request++) await ask(router.port, get('app.test'));
  await ask(router.port, get('nobody.test'));
  while ((await samples()).get(REFRESHED) === 0) await setTimeout(10, undefined, { signal: t.signal });
  const after = await samples();
  const increase = (name: string) => (after.get(name) ?? 0) - (before.get(name) ?? 0);
  assert.equal(increase('total_requests{component="web"}'), 5);
  assert.equal(increase('responses{status_group="2xx"}'), 5);
  assert.equal(increase('rejected_requests'), 1);
  assert.equal(after.get('registry_message{component="web",action="added"}'), 1);
  assert.equal(increase(REFRESHED), 1);
  assert.equal(after.get('total_routes'), 1);
  assert.equal(after.get('cellgate_bus_connected'), 1);

  async function samples(): Promise<Map<string, number>> {
    const page = await operatorPage(router.router.addresses.health!, '/metrics');
    const lines = page.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    return new Map(lines.map((line) => [line.replace(/ \S+$/, ''), Number(line.replace(/^.* /, ''))]));
  }
});

const REFRESHED = 'registry_message{component="web",action="refreshed"}';

test('§1.8 /health is 503 while the router gathers routes, and 200 when it serves them', async (t) => {
  const [port, health] = [await freePort(), await freePort()];
  const router = CellgateProcess.router(t, {
    port,
    status: { port: health },
    start_response_delay_interval: '1s',
  });
  await router.logged('Successfully-connected-to-nats');
  const gathering = await ask(health, get('x', '/health'));
  assert.equal(statusOf(gathering), 503);
  assert.equal(gathering.body, '');
  await assert.rejects(RawClient.connect(port), /ECONNREFUSED/);
  await router.started();
  const serving = await ask(health, get('x', '/health'));
  assert.equal(statusOf(serving), 200);
  assert.equal(serving.body, 'ok\n');
  assert.equal(statusOf(await ask(port, get('nobody.test'))), 404);
});
