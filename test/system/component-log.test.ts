import assert from 'node:assert/strict';
import { test } from 'vitest';
import { Backend } from '../support/backend.ts';
import { CellgateProcess } from '../support/cellgate-process.ts';
import { Authority } from '../support/certificates.ts';
import { freePort } from '../support/free-port.ts';
import { ask, get } from '../support/raw-http.ts';
import { RoutePublisher } from '../support/route-publisher.ts';

interface Line {
  readonly log_level: number;
  readonly message: string;
  readonly source: string;
  readonly data: Record<string, unknown>;
}

const [DEBUG, INFO, ERROR] = [0, 1, 3];

function linesOf(router: CellgateProcess): Line[] {
  return router.stdout
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line));
}

/** Of the lines with these messages, each with its level and source, in their order. */
function told(router: CellgateProcess, ...messages: string[]): [number, string, string][] {
  return linesOf(router)
    .filter(({ message }) => messages.some((each) => message.startsWith(each)))
    .map(({ log_level, message, source }) => [log_level, message, source]);
}

test("§6.7 a life from start to end is told by gorouter's messages, sources and levels", async (t) => {
  const router = CellgateProcess.router(t, { logging: { level: 'debug' }, zone: 'z1' });
  const { http } = await router.started();
  await ask(http, get('nobody.test'));
  router.kill('SIGUSR1');
  await router.exited;
  const life = [
    'starting',
    'local-az-set',
    'retrieved-isolation-segments',
    'setting-up-nats-connection',
    'Successfully-connected-to-nats',
    'subscriber-',
    'Sleeping',
    'tls-listener-not-enabled',
    'tcp-listener-started',
    'gorouter',
    'Draining',
  ];
  assert.deepEqual(told(router, ...life), [
    [INFO, 'starting', 'gorouter.stdout'],
    [DEBUG, 'local-az-set', 'gorouter.stdout'],
    [INFO, 'retrieved-isolation-segments', 'gorouter.stdout'],
    [INFO, 'setting-up-nats-connection', 'gorouter.stdout'],
    [INFO, 'Successfully-connected-to-nats', 'gorouter.stdout.nats'],
    [INFO, 'subscriber-starting', 'gorouter.stdout.subscriber'],
    [INFO, 'subscriber-started', 'gorouter.stdout.subscriber'],
    [
      DEBUG,
      'Sleeping before returning success on /health endpoint to preload routing table',
      'gorouter.stdout.router',
    ],
    [INFO, 'tls-listener-not-enabled', 'gorouter.stdout.router'],
    [INFO, 'tcp-listener-started', 'gorouter.stdout.router'],
    [INFO, 'gorouter.started', 'gorouter.stdout.router'],
    [INFO, 'gorouter-draining', 'gorouter.stdout.router'],
    [INFO, 'Draining with 0 outstanding active connections', 'gorouter.stdout.router'],
    [INFO, 'Draining with 0 outstanding idle connections', 'gorouter.stdout.router'],
    [INFO, 'gorouter.stopping', 'gorouter.stdout.router'],
    [INFO, 'gorouter.stopped', 'gorouter.stdout.router'],
    [INFO, 'gorouter.exited', 'gorouter.stdout.router'],
  ]);
  const data = (message: string) => linesOf(router).find((line) => line.message === message)!.data;
  assert.deepEqual(data('local-az-set'), { AvailabilityZone: 'z1' });
  assert.deepEqual(Object.keys(data('gorouter-draining')), ['wait_seconds', 'timeout_seconds']);
  assert.deepEqual(Object.keys(data('gorouter.stopped')), ['took']);
});

test('§5.4 §6.7 which listeners there are is told under logging.syslog, the first part of every source', async (t) => {
  const pair = new Authority().issue({ names: 'DNS:app.test' });
  const router = CellgateProcess.router(t, {
    disable_http: true,
    enable_ssl: true,
    ssl_port: await freePort(),
    cipher_suites: 'ECDHE-RSA-AES128-GCM-SHA256',
    tls_pem: [{ cert_chain: pair.cert, private_key: pair.key }],
    logging: { syslog: 'vcap.gorouter' },
  });
  await router.started();
  assert.deepEqual(told(router, 'tcp-listener', 'tls-listener'), [
    [INFO, 'tcp-listener-disabled', 'vcap.gorouter.router'],
    [INFO, 'tls-listener-started', 'vcap.gorouter.router'],
  ]);
  assert.deepEqual(
    linesOf(router).filter(({ source }) => !source.startsWith('vcap.gorouter')),
    [],
  );
});

test("§1.5 §1.6 §6.7 a route's life is told by gorouter's messages, sources and data", async (t) => {
  const router = CellgateProcess.router(t, { logging: { level: 'debug' } });
  const { bus, http } = await router.started();
  const app = await Backend.start(t);
  const agent = await RoutePublisher.connect(t, bus!);
  await agent.route('app.test', app.port, http);
  agent.register('x.test', app.port, { port: '80' });
  agent.unregister('app.test', app.port);
  agent.unregister('app.test', app.port);
  await router.logged('endpoint-not-unregistered');
  assert.deepEqual(told(router, 'uri-added', 'route-', 'endpoint-', 'validation-error'), [
    [DEBUG, 'uri-added', 'gorouter.stdout.registry'],
    [INFO, 'route-registered', 'gorouter.stdout.registry'],
    [INFO, 'endpoint-registered', 'gorouter.stdout.registry'],
    [ERROR, 'validation-error', 'gorouter.stdout.subscriber'],
    [INFO, 'endpoint-unregistered', 'gorouter.stdout.registry'],
    [INFO, 'route-unregistered', 'gorouter.stdout.registry'],
    [INFO, 'endpoint-not-unregistered', 'gorouter.stdout.registry'],
  ]);
  const lines = linesOf(router);
  const fields = [
    'uri',
    'route_service_url',
    'backend',
    'application_id',
    'instance_id',
    'server_cert_domain_san',
    'protocol',
    'modification_tag',
    'isolation_segment',
    'isTLS',
  ];
  for (const { message, data } of lines.filter((line) => /^endpoint-/.test(line.message))) {
    assert.deepEqual(Object.keys(data), fields, message);
  }
  const refused = lines.find(({ message }) => message === 'validation-error')!;
  assert.deepEqual(Object.keys(refused.data), ['error', 'subject', 'payload']);
});

test('§1.1 §6.7 a start without NATS is told by the source of the bus', async (t) => {
  const port = await freePort();
  const router = CellgateProcess.router(t, { nats: { hosts: [{ hostname: '127.0.0.1', port }] } });
  await router.exited;
  assert.deepEqual(told(router, 'nats-connection-error'), [
    [4, 'nats-connection-error', 'gorouter.stdout.nats'],
  ]);
});

test('§6.7 logging.format.timestamp chooses epoch seconds or RFC 3339 with nanoseconds, for every thread', async (t) => {
  for (const [timestamp, pattern] of [
    ['unix-epoch', /^\d{10}\.\d+$/],
    ['rfc3339', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$/],
  ] as const) {
    const router = CellgateProcess.router(t, { logging: { format: { timestamp } } });
    const { http } = await router.started();
    await ask(http, 'GET / HTTP/1.1\r\n\r\n');
    await router.logged('request-refused');
    const stamps = [...router.stdout.matchAll(/^\{"log_level":\d,"timestamp":"?([^",]+)"?,"message"/gm)].map(
      ([, stamp]) => stamp!,
    );
    assert.equal(stamps.length, linesOf(router).length);
    for (const stamp of stamps) assert.match(stamp, pattern);
    const seconds = timestamp === 'rfc3339' ? Date.parse(stamps[0]!) / 1000 : Number(stamps[0]);
    assert.ok(Math.abs(seconds - Date.now() / 1000) < 60);
  }
});
