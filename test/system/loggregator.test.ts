import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { type TestContext, test } from 'vitest';
import { Backend, ok } from '../support/backend.ts';
import { ENVELOPE, readMessage } from '../support/envelope-reader.ts';
import { freePort } from '../support/free-port.ts';
import { samplesOf } from '../support/operator-page.ts';
import { ask, get, statusOf } from '../support/raw-http.ts';
import { TestRouter } from '../support/router.ts';

/** Of an envelope. */
const [TYPE, EVENT, LOG, VALUE, COUNTER, TAGS] = [2, 7, 8, 9, 10, 17];

type Envelope = Record<number, unknown[]>;

async function agent(t: TestContext) {
  const socket = createSocket('udp4');
  t.onTestFinished(() => void socket.close());
  const envelopes: Envelope[] = [];
  socket.on('message', (bytes) => envelopes.push(readMessage(bytes, ENVELOPE)));
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const until = async (wanted: (envelope: Envelope) => boolean): Promise<Envelope> => {
    for (;;) {
      const found = envelopes.find(wanted);
      if (found !== undefined) return found;
      await once(socket, 'message');
    }
  };
  return { address: `127.0.0.1:${socket.address().port}`, envelopes, until };
}

const part = (envelope: Envelope, field: number) => envelope[field]![0] as Record<number, unknown[]>;

test('§6.6 an application gets its lines as logs of source RTR, with the tags of its endpoint', async (t) => {
  const { address, until } = await agent(t);
  const router = await TestRouter.start(t, {
    index: 7,
    enable_envelope_v1_metrics: false,
    logging: { loggregator_enabled: true, metron_address: address },
  });
  const backend = await Backend.start(t, () => ok('hello'));
  await router.route('app.test', backend.port, { app: 'app-1', tags: { component: 'web', space: 's' } });
  await ask(router.port, get('nobody.test', '/other'));
  await ask(router.port, get('app.test', '/told'));
  const envelope = await until(
    (each) => each[LOG] !== undefined && String(part(each, LOG)[1]![0]).includes('/told'),
  );
  assert.deepEqual([envelope[1], envelope[TYPE]], [['gorouter'], [5n]]);
  const log = part(envelope, LOG);
  assert.match(String(log[1]![0]), /^app\.test - \[.*"GET \/told HTTP\/1\.1" 200 .* app_id:"app-1"/);
  assert.deepEqual([log[2], log[4], log[5], log[6]], [[1n], ['app-1'], ['RTR'], ['7']]);
  const sent = Number(log[3]![0] as bigint) / 1e6;
  assert.ok(Math.abs(sent - Date.now()) < 60_000);
  assert.deepEqual(envelope[TAGS], [
    { 1: ['component'], 2: ['web'] },
    { 1: ['space'], 2: ['s'] },
  ]);
});

test('§6.5 counters and gauges go to Loggregator in batches, some of them even while they are 0', {
  timeout: 60_000,
}, async (t) => {
  const { address, until } = await agent(t);
  const router = await TestRouter.start(t, { logging: { metron_address: address } });
  await ask(router.port, get('nobody.test'));
  const rejected = part(await until(named(COUNTER, 'rejected_requests')), COUNTER);
  assert.deepEqual([rejected[2], rejected[3]], [[1n], [1n]]);
  const still = part(await until(named(COUNTER, 'responses.5xx')), COUNTER);
  assert.deepEqual([still[2], still[3]], [[0n], [0n]]);
  const routes = part(await until(named(VALUE, 'total_routes')), VALUE);
  assert.deepEqual(routes[2], [0]);
  const { 2: value, 3: unit } = part(await until(named(VALUE, 'ms_since_last_registry_update')), VALUE);
  assert.deepEqual([value, unit], [[-1], ['ms']]);
});

/** Envelopes with a value or a counter of that name. */
const named = (field: number, name: string) => (envelope: Envelope) =>
  envelope[field] !== undefined && part(envelope, field)[1]![0] === name;

/** Events of requests for that path, by who told them. */
const eventOf = (peer: 'client' | 'server', path: string) => (envelope: Envelope) =>
  envelope[EVENT] !== undefined &&
  part(envelope, EVENT)[4]![0] === (peer === 'client' ? 1n : 2n) &&
  String(part(envelope, EVENT)[6]![0]).endsWith(path);

const APP = '11111111-2222-3333-4444-555555555555';

test('§6.5 each request is told of as it ends: latency, by component too, gorouter_time and route_lookup_time', async (t) => {
  const { address, until } = await agent(t);
  const router = await TestRouter.start(t, { logging: { metron_address: address } });
  const backend = await Backend.start(t, () => ok('hello'));
  await router.route('app.test', backend.port, { tags: { component: 'dea-1' } });
  const latency = part(await until(named(VALUE, 'latency')), VALUE);
  assert.ok(Number(latency[2]![0]) > 0);
  assert.deepEqual(latency[3], ['ms']);
  const byComponent = part(await until(named(VALUE, 'latency.dea-1')), VALUE);
  assert.deepEqual([byComponent[2], byComponent[3]], [latency[2], latency[3]], 'the same request');
  assert.deepEqual(part(await until(named(VALUE, 'gorouter_time')), VALUE)[3], ['ms']);
  const lookup = part(await until(named(VALUE, 'route_lookup_time')), VALUE);
  assert.ok(Number(lookup[2]![0]) >= 1000, 'nanoseconds');
  assert.deepEqual(lookup[3], ['ns']);
});

test('§6.5 HttpStartStop tells what a client asked, and what an endpoint was asked, with tags and trace', async (t) => {
  const { address, until } = await agent(t);
  const router = await TestRouter.start(t, {
    logging: { metron_address: address },
    tracing: { enable_w3c: true },
  });
  const backend = await Backend.start(t, () => ok('hello'));
  const tags = { source_id: APP, component: 'web' };
  await router.route('app.test', backend.port, { app: APP, tags, private_instance_index: '2' });
  const trace = '0af7651916cd43dd8448eb211c80319c';
  const lines = [
    'User-Agent: caf\xe9',
    `traceparent: 00-${trace}-b7ad6b7169203331-01`,
    'X-Forwarded-For: 10.0.0.9',
  ];
  await ask(router.port, get('app.test', '/told?secret=1', lines));
  const server = await until(eventOf('server', '/told'));
  const client = await until(eventOf('client', '/told'));
  for (const envelope of [server, client]) {
    const event = part(envelope, EVENT);
    assert.deepEqual(envelope[TYPE], [4n]);
    assert.deepEqual(event[6], ['http://app.test/told'], 'without its query');
    assert.deepEqual(event[8], ['caf\ufffd']);
    assert.match(String(event[7]![0]), /^127\.0\.0\.1:\d+$/);
    assert.deepEqual([event[9], event[10], event[13]], [[200n], [5n], [2n]]);
    assert.deepEqual(event[14], [`127.0.0.1:${backend.port}`]);
    assert.deepEqual(event[15], ['10.0.0.9', '127.0.0.1']);
    assert.deepEqual(event[12], [{ 1: [0x3333222211111111n], 2: [0x5555555555554444n] }]);
    assert.ok((event[2]![0] as bigint) >= (event[1]![0] as bigint));
    const told = new Map(
      (envelope[TAGS] as Record<number, string[]>[]).map((tag) => [tag[1]![0], tag[2]![0]]),
    );
    assert.deepEqual([told.get('component'), told.get('trace_id')], ['web', trace]);
    assert.match(told.get('span_id')!, /^[0-9a-f]{16}$/);
  }
  assert.deepEqual(part(server, EVENT)[3], part(client, EVENT)[3], 'one request id');
});

test('§6.5 a request that no route is for is told of as one of a client alone', async (t) => {
  const { address, envelopes, until } = await agent(t);
  const router = await TestRouter.start(t, { logging: { metron_address: address } });
  await ask(router.port, get('nobody.test', '/first'));
  const first = part(await until(eventOf('server', '/first')), EVENT);
  assert.deepEqual([first[9], first[12]], [[404n], undefined]);
  await ask(router.port, get('nobody.test', '/second'));
  await until(eventOf('server', '/second'));
  assert.equal(envelopes.some(eventOf('client', '/first')), false);
});

test('§6.5 without an agent each envelope of a request counts as dropped', async (t) => {
  const router = await TestRouter.start(t, {
    logging: { loggregator_enabled: true, metron_address: `127.0.0.1:${await freePort()}` },
  });
  const backend = await Backend.start(t, () => ok('hello'));
  router.register('app.test', backend.port, { app: APP, tags: { component: 'web' } });
  // The look-up and an event; with an endpoint three times, another event and the application's line too.
  let told = 0;
  for (let found = 0; found < 20; ) {
    const status = statusOf(await ask(router.port, get('app.test')));
    if (status === 200) found++;
    told += status === 200 ? 7 : 2;
  }
  const dropped = () => samplesOf(router.router.addresses.health!, 'cellgate_envelopes_dropped_total');
  while ((await dropped())[0]! < told);
  assert.deepEqual(await dropped(), [told]);
});

test('§6.5 every attempt is told of, those that failed with status 0', async (t) => {
  const { address, envelopes, until } = await agent(t);
  const router = await TestRouter.start(t, { logging: { metron_address: address } });
  const [first, second] = [await freePort(), await freePort()];
  router.register('app.test', first);
  await router.route('app.test', second);
  await ask(router.port, get('app.test', '/tried'));
  await until(eventOf('server', '/tried'));
  const attempts = envelopes.filter(eventOf('client', '/tried')).map((each) => part(each, EVENT));
  assert.deepEqual(
    attempts.map((event) => event[14]![0]).sort(),
    [`127.0.0.1:${first}`, `127.0.0.1:${second}`].sort(),
  );
  for (const { 9: status, 10: length } of attempts) assert.deepEqual([status, length], [[0n], [0n]]);
  const [before, after] = attempts;
  assert.ok((after![1]![0] as bigint) >= (before![2]![0] as bigint), 'one after the other');
});

test('§6.5 send_http_start_stop_client_event and send_http_start_stop_server_event each turn theirs off, and nothing else', async (t) => {
  const { address, envelopes, until } = await agent(t);
  const backend = await Backend.start(t, () => ok('hello'));
  for (const [off, told] of [
    ['server', 'client'],
    ['client', 'server'],
  ] as const) {
    const router = await TestRouter.start(t, {
      logging: { metron_address: address },
      [`send_http_start_stop_${off}_event`]: false,
    });
    await router.route('app.test', backend.port);
    await ask(router.port, get('app.test', `/without-${off}`));
    await ask(router.port, get('app.test', `/after-${off}`));
    await until(eventOf(told, `/without-${off}`));
    await until(eventOf(told, `/after-${off}`));
    assert.equal(envelopes.some(eventOf(off, `/without-${off}`)), false);
  }
  assert.ok(envelopes.some(named(VALUE, 'latency')));
});

test('§6.5 without per_request_metrics_reporting or enable_envelope_v1_metrics there are no values of single requests, but events', async (t) => {
  const { address, envelopes, until } = await agent(t);
  const backend = await Backend.start(t, () => ok('hello'));
  for (const off of ['per_request_metrics_reporting', 'enable_envelope_v1_metrics']) {
    const router = await TestRouter.start(t, { [off]: false, logging: { metron_address: address } });
    await router.route('app.test', backend.port);
    await ask(router.port, get('app.test', `/without-${off}`));
    await until(eventOf('server', `/without-${off}`));
  }
  assert.equal(envelopes.some(named(VALUE, 'latency')), false);
  assert.equal(envelopes.some(named(VALUE, 'route_lookup_time')), false);
});

test('§6.5 with all of it turned off nothing is sent', async (t) => {
  const { address, envelopes, until } = await agent(t);
  const backend = await Backend.start(t, () => ok('hello'));
  const silent = await TestRouter.start(t, {
    enable_envelope_v1_metrics: false,
    send_http_start_stop_server_event: false,
    send_http_start_stop_client_event: false,
    logging: { metron_address: address },
  });
  await silent.route('app.test', backend.port);
  await ask(silent.port, get('app.test', '/silent'));
  const router = await TestRouter.start(t, { logging: { metron_address: address } });
  await ask(router.port, get('nobody.test', '/told'));
  await until(eventOf('server', '/told'));
  assert.deepEqual(envelopes.filter(eventOf('server', '/silent')), []);
  assert.equal(envelopes.some(eventOf('client', '/')), false);
});

test('§6.5 WebSockets, requests by component, the gauges of NATS and the uptime are told in batches', {
  timeout: 60_000,
}, async (t) => {
  const { address, until } = await agent(t);
  const router = await TestRouter.start(t, {
    route_latency_metric_muzzle_duration: '0s',
    logging: { metron_address: address },
  });
  const backend = await Backend.start(t, () => ok('hello'));
  await router.route('app.test', backend.port, { tags: { component: 'dea-7' } });
  const upgrade = [
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
  ];
  await ask(router.port, get('app.test', '/', upgrade));
  const total = async (name: string) => Number(part(await until(named(COUNTER, name)), COUNTER)[3]![0]);
  assert.equal(await total('websocket_upgrades'), 1);
  assert.equal(await total('websocket_failures'), 0);
  const requests = await total('total_requests');
  assert.ok(requests >= 5);
  assert.equal(await total('requests.dea-7'), requests);
  assert.equal(await total('routed_app_requests'), requests);
  const stamp = (Date.now() - 60_000) * 1e6;
  router.register('new.test', backend.port, { endpoint_updated_at_ns: stamp });
  const gauge = async (name: string) => {
    const { 2: value, 3: unit } = part(await until(named(VALUE, name)), VALUE);
    return [value![0], unit![0]];
  };
  const [latency, milliseconds] = await gauge('route_registration_latency');
  assert.ok(Number(latency) > 59_000);
  assert.equal(milliseconds, 'ms');
  assert.deepEqual(await gauge('buffered_messages'), [0, 'message']);
  assert.deepEqual(await gauge('total_dropped_messages'), [0, 'message']);
  const [uptime, unit] = await gauge('uptime');
  assert.ok(Number(uptime) > 0);
  assert.equal(unit, 'seconds');
  const [files, file] = await gauge('file_descriptors');
  assert.ok(Number(files) > 3);
  assert.equal(file, 'file');
});
