import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { type TestContext, test } from 'vitest';
import { Backend, ok } from '../support/backend.ts';
import { CellgateProcess } from '../support/cellgate-process.ts';
import { Authority } from '../support/certificates.ts';
import { ask, get, RawClient, statusOf, valuesOf } from '../support/raw-http.ts';
import { RoutePublisher } from '../support/route-publisher.ts';
import { secure } from '../support/tls-clients.ts';

const HOST = 'app.test';
const authority = new Authority();
const identity = authority.issue({ names: `DNS:${HOST}` });

interface Scene {
  readonly router: CellgateProcess;
  readonly http: number;
  readonly health: number;
  readonly app: Backend;
}

/** A router with one application. */
async function scene(t: TestContext, config: object): Promise<Scene> {
  const router = CellgateProcess.router(t, config);
  const { http, health, bus } = await router.started();
  const app = await Backend.start(t);
  await (await RoutePublisher.connect(t, bus!)).route(HOST, app.port, http);
  app.requests.length = 0;
  return { router, http, health: health!, app };
}

/** A client whose request the application has and does not answer. */
async function waitingClient({ http, app }: Scene): Promise<RawClient> {
  const client = await RawClient.connect(http);
  const before = app.requests.length;
  const { answer } = app;
  app.answer = () => undefined;
  client.send(get(HOST));
  await app.until(() => app.requests.length > before);
  app.answer = answer;
  return client;
}

/** Answers every request that waits, on the application's side of their connections. */
function answerAll({ app }: Scene): void {
  for (const { socket } of app.connections) if (socket.writable) socket.write(ok('late'));
}

test('§5.5 SIGUSR1 fails health checks at once, lets requests finish and closes what is idle', async (t) => {
  const drained = await scene(t, { drain_wait: '8s', drain_timeout: '60s' });
  const { router, http } = drained;
  const idle = await RawClient.connect(http);
  assert.equal(statusOf(await idle.send(get(HOST)).response()), 200);
  const busy = await waitingClient(drained);
  router.kill('SIGUSR1');
  await router.logged('gorouter-draining');
  assert.equal(statusOf(await ask(drained.health, get('x', '/health'))), 503);
  const alive = '/is-process-alive-do-not-use-for-loadbalancing';
  assert.equal(statusOf(await ask(drained.health, get('x', alive))), 200);
  const served = await idle.send(get(HOST)).response();
  assert.equal(statusOf(served), 200, 'still serves while the load balancers find out');
  assert.equal(statusOf(await ask(http, get(HOST))), 200, 'still accepts');

  assert.equal(await idle.closed, 'end');
  while (await accepts(http));
  router.kill('SIGUSR1');
  await router.until(
    '"gorouter.signal.ignored","source":"gorouter.stdout.router","data":{"signal":"SIGUSR1"}',
  );
  answerAll(drained);
  const late = await busy.response();
  assert.equal(late.body, 'late');
  assert.deepEqual(valuesOf(late, 'Connection'), ['close']);
  assert.deepEqual(await router.exited, [0, null]);
  assert.ok(!router.stdout.includes('router.drain.timed-out'));
  assert.equal(router.stderr, '');
});

test('§5.5 a response that had begun before the drain ends whole, and its connection with it', async (t) => {
  const drained = await scene(t, { drain_wait: '0s', drain_timeout: '30s' });
  const { router, http, app } = drained;
  app.answer = () => 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nbegun';
  const client = await RawClient.connect(http);
  client.send(get(HOST));
  await client.until('begun');
  router.kill('SIGUSR1');
  await router.logged('gorouter-draining');
  while (await accepts(http));
  for (const { socket } of app.connections) if (socket.writable) socket.write('ended');
  assert.equal((await client.response()).body, 'begunended');
  assert.equal(await client.closed, 'end');
  assert.deepEqual(await router.exited, [0, null]);
});

test('§5.5 a drain that takes longer than drain_timeout is cut off, says so and ends with 0', async (t) => {
  const drained = await scene(t, { drain_wait: '0s', drain_timeout: '300ms' });
  const busy = await waitingClient(drained);
  drained.router.kill('SIGUSR1');
  assert.deepEqual(await drained.router.exited, [0, null]);
  assert.deepEqual(messages(drained.router).slice(-7), [
    'Draining with 1 outstanding active connections',
    'Draining with 0 outstanding idle connections',
    'router.drain.timed-out',
    'gorouter-draining-error',
    'gorouter.stopping',
    'gorouter.stopped',
    'gorouter.exited',
  ]);
  await assert.rejects(busy.response(), /connection closed/);
});

test('§5.5 SIGTERM in the middle of a request cuts it off and ends with 0', async (t) => {
  const stopped = await scene(t, { drain_wait: '60s' });
  const busy = await waitingClient(stopped);
  stopped.router.kill('SIGTERM');
  assert.deepEqual(await stopped.router.exited, [0, null]);
  await assert.rejects(busy.response(), /connection closed/);
  assert.equal(stopped.router.stderr, '');
});

test('§5.5 whoever has connected as the ports close is served all the same, TLS handshake and all', async (t) => {
  const drained = await scene(t, {
    drain_wait: '0s',
    drain_timeout: '60s',
    enable_ssl: true,
    ssl_port: 0,
    tls_pem: [{ cert_chain: identity.cert, private_key: identity.key }],
    cipher_suites: 'ECDHE-ECDSA-AES128-GCM-SHA256',
    client_cert_validation: 'none',
  });
  const { router, http } = drained;
  const { https } = await router.started();
  const plain = await RawClient.connect(http);
  const raw = connect({ port: https!, host: '127.0.0.1' });
  await once(raw, 'connect');
  router.kill('SIGUSR1');
  await router.logged('gorouter-draining');
  while (await accepts(http));
  const response = await plain.send(get(HOST)).response();
  assert.deepEqual([statusOf(response), valuesOf(response, 'Connection')], [200, ['close']]);
  const client = new RawClient(await secure(https!, HOST, { socket: raw, ca: authority.cert }));
  assert.equal(statusOf(await client.send(get(HOST)).response()), 200);
  assert.deepEqual(await router.exited, [0, null]);
  assert.ok(!router.stdout.includes('router.drain.timed-out'));
});

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  test(`§5.5 ${signal} ends a drain, whatever it waits for`, async (t) => {
    const drained = await scene(t, { drain_wait: '0s', drain_timeout: '600s' });
    const { router } = drained;
    const busy = await waitingClient(drained);
    router.kill('SIGUSR1');
    await router.until('Draining with 1 outstanding active connections');
    router.kill(signal);
    assert.deepEqual(await router.exited, [0, null]);
    await assert.rejects(busy.response(), /connection closed/);
    assert.ok(!router.stdout.includes('router.drain.timed-out'));
    assert.equal(router.stderr, '');
  });
}

test('§5.5 SIGTERM ends a drain that still waits for load balancers', async (t) => {
  const { router } = await scene(t, { drain_wait: '600s' });
  router.kill('SIGUSR1');
  await router.logged('gorouter-draining');
  router.kill('SIGTERM');
  assert.deepEqual(await router.exited, [0, null]);
});

test('§5.5 in the second half of drain_wait responses end their connections, and new ones are taken', async (t) => {
  const { router, http } = await scene(t, { drain_wait: '4s', drain_timeout: '60s' });
  const client = await RawClient.connect(http);
  router.kill('SIGUSR1');
  await router.logged('gorouter-draining');
  let response = await client.send(get(HOST)).response();
  while (valuesOf(response, 'Connection').length === 0) response = await client.send(get(HOST)).response();
  assert.equal(statusOf(response), 200);
  assert.deepEqual(valuesOf(response, 'Connection'), ['close']);
  assert.equal(await client.closed, 'end');
  const late = await ask(http, get(HOST));
  assert.deepEqual([statusOf(late), valuesOf(late, 'Connection')], [200, ['close']]);
  assert.deepEqual(await router.exited, [0, null]);
});

test('§5.5 a WebSocket is waited for while there is time', async (t) => {
  const { router, http, app } = await scene(t, { drain_wait: '0s', drain_timeout: '60s' });
  app.answer = () =>
    'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n';
  const client = await RawClient.connect(http);
  const upgrade = 'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n';
  const key = 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n';
  client.send(`GET / HTTP/1.1\r\nHost: ${HOST}\r\n${upgrade}${key}\r\n`);
  assert.equal(statusOf(await client.response()), 101);
  router.kill('SIGUSR1');
  await router.until('Draining with 1 outstanding active connections');
  for (const { socket } of app.connections) if (socket.writable) socket.write('still here');
  await client.until('still here');
  client.close();
  assert.deepEqual(await router.exited, [0, null]);
  assert.ok(!router.stdout.includes('router.drain.timed-out'));
});

function messages(router: CellgateProcess): string[] {
  const lines = router.stdout.split('\n').filter((line) => line.startsWith('{'));
  return lines.map((line) => JSON.parse(line).message);
}

async function accepts(port: number): Promise<boolean> {
  try {
    (await RawClient.connect(port)).close();
    return true;
  } catch {
    return false;
  }
}
