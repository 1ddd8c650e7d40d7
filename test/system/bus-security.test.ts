import assert from 'node:assert/strict';
import { inflateSync } from 'node:zlib';
import { test } from 'vitest';
import { connectBus } from '../../src/bus/connect-bus.ts';
import { Backend } from '../support/backend.ts';
import { CellgateProcess } from '../support/cellgate-process.ts';
import { Authority } from '../support/certificates.ts';
import { findNatsServer, startNatsServer } from '../support/nats-server.ts';
import { ask, get, statusOf } from '../support/raw-http.ts';
import { busOptions } from '../support/route-bus.ts';
import { RoutePublisher } from '../support/route-publisher.ts';
import { TestRouter } from '../support/router.ts';
import { skipFor } from '../support/skip-for.ts';

const skip = findNatsServer() === undefined && 'nats-server is not installed';

test('§1.1 a router with nats.tls_enabled takes routes over TLS', skipFor(skip), async (t) => {
  const authority = new Authority();
  const own = authority.issue({ names: 'DNS:localhost' });
  const server = await startNatsServer({
    tls: { ...own, ca: authority.cert },
    user: 'nats',
    pass: 'hunter2',
  });
  t.onTestFinished(() => server.close());
  const client = authority.issue();
  const nats = {
    hosts: [{ hostname: 'localhost', port: server.port }],
    user: 'nats',
    pass: 'hunter2',
    tls_enabled: true,
    ca_certs: authority.cert,
    cert_chain: client.cert,
    private_key: client.key,
  };
  const router = CellgateProcess.router(t, { nats });
  const { http } = await router.started();
  const app = await Backend.start(t);
  const agent = await connectBus({
    ...busOptions([]),
    servers: nats.hosts,
    user: 'nats',
    pass: 'hunter2',
    tls: {
      ca: authority.cert,
      cert: client.cert,
      key: client.key,
      minVersion: 'TLSv1.2',
      checkServerIdentity: () => undefined,
    },
  });
  t.onTestFinished(() => agent.close());
  const message = { host: '127.0.0.1', port: app.port, uris: ['secret.test'] };
  agent.publish('router.register', Buffer.from(JSON.stringify(message)));
  let status = 404;
  while (status === 404) status = statusOf(await ask(http, get('secret.test')));
  assert.equal(status, 200);
  assert.ok(!router.stdout.includes('hunter2') && !router.stdout.includes('PRIVATE KEY'));
});

test('§1.1 §5.4 without a NATS server the start fails after three attempts, with exit code 1', async (t) => {
  const router = CellgateProcess.router(t, { nats: { hosts: [{ hostname: '127.0.0.1', port: 1 }] } });
  assert.deepEqual(await router.exited, [1, null]);
  const { error } = (await router.logged('nats-connection-error')) as { error: string };
  assert.match(error, /^cannot connect to NATS at 127\.0\.0\.1:1 after 3 attempts: connection refused$/);
});

test('§5.4 what the router says while it starts, in its order', async (t) => {
  const router = CellgateProcess.router(t, { isolation_segments: ['one', 'two'] });
  await router.started();
  const lines = router.stdout.split('\n').filter((line) => line.startsWith('{'));
  const messages: string[] = lines.map((line) => JSON.parse(line).message);
  const order = [
    'starting',
    'retrieved-isolation-segments',
    'setting-up-nats-connection',
    'Successfully-connected-to-nats',
    'tcp-listener-started',
    'gorouter.started',
  ];
  assert.deepEqual(
    messages.filter((message) => order.includes(message)),
    order,
  );
  assert.deepEqual(await router.logged('retrieved-isolation-segments'), {
    isolation_segments: ['one', 'two'],
    routing_table_sharding_mode: 'all',
  });
});

test('§1.2 router.active_apps names the applications that had requests, and each once', async (t) => {
  const router = await TestRouter.start(t, { publish_active_apps_interval: '200ms' });
  const app = await Backend.start(t);
  await router.route('one.test', app.port, { app: 'guid-1' });
  await router.route('two.test', app.port, { app: 'guid-2' });
  const listener = await connectBus(busOptions([router.router.addresses.bus!]));
  t.onTestFinished(() => listener.close());
  const heard: string[][] = [];
  let wake = () => {};
  listener.subscribe('router.active_apps', (_subject, payload) => {
    heard.push(JSON.parse(inflateSync(payload).toString()));
    wake();
  });
  const next = () =>
    new Promise<void>((resolve) => {
      wake = resolve;
    });
  while (heard.at(-1)?.length !== 0) await next();
  for (let each = 0; each < 8; each++) await ask(router.port, get('one.test'));
  while (!heard.some((apps) => apps.length === 1 && apps[0] === 'guid-1')) await next();
  while (heard.at(-1)?.length !== 0) await next();
  heard.length = 0;
  await ask(router.port, get('two.test'));
  await ask(router.port, get('nobody.test'));
  while (!heard.some((apps) => apps.includes('guid-2'))) await next();
  assert.ok(!heard.some((apps) => apps.includes('guid-1')));
});

test('a registration over one bus of several reaches the table', skipFor(skip), async (t) => {
  const server = await startNatsServer();
  t.onTestFinished(() => server.close());
  const router = CellgateProcess.router(t, {
    nats: {
      hosts: [
        { hostname: '127.0.0.1', port: server.port },
        { hostname: '127.0.0.1', port: 1 },
      ],
    },
  });
  const { http } = await router.started();
  const app = await Backend.start(t);
  await (await RoutePublisher.connect(t, server.port)).route('app.test', app.port, http);
  assert.equal(statusOf(await ask(http, get('app.test'))), 200);
});
