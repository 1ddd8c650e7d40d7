import assert from 'node:assert/strict';
import { test } from 'vitest';
import { Backend } from '../support/backend.ts';
import { CellgateProcess } from '../support/cellgate-process.ts';
import { freePort } from '../support/free-port.ts';
import { HttpEngine } from '../support/http-engine.ts';
import { ask, get, statusOf } from '../support/raw-http.ts';
import { RoutePublisher } from '../support/route-publisher.ts';

const POST = 'POST / HTTP/1.1\r\nHost: app.test\r\nContent-Length: 3\r\n\r\nabc';

test('§2.7 an attempt that fails is logged as backend-endpoint-failed, with whom it was for', async (t) => {
  const router = CellgateProcess.router(t);
  const { http, bus } = await router.started();
  const agent = await RoutePublisher.connect(t, bus!);
  const port = await freePort();
  agent.register('dead.test', port, { app: 'the-app', private_instance_id: 'the-instance' });
  let status = 404;
  while (status === 404 || status === 503) status = statusOf(await ask(http, get('dead.test', '/')));
  assert.equal(status, 502);
  const data = (await router.logged('backend-endpoint-failed')) as Record<string, unknown>;
  assert.deepEqual(data['route-endpoint'], {
    ApplicationId: 'the-app',
    Addr: `127.0.0.1:${port}`,
    Tags: null,
    RouteServiceUrl: '',
    AZ: '',
  });
  assert.equal(data['application_id'], 'the-app');
  assert.equal(data['instance_id'], 'the-instance');
  assert.equal(data['attempt'], 1);
  assert.equal(data['num-endpoints'], 1);
  assert.equal(data['retriable'], true);
  assert.equal(data['got-connection'], false);
  assert.equal(data['wrote-headers'], false);
  assert.equal(data['conn-reused'], false);
  for (const name of ['dns-lookup-time', 'dial-time', 'tls-handshake-time'])
    assert.equal(data[name], 0, name);
  assert.equal(data['local-address'], '');
  assert.match(String(data['vcap_request_id']), /^[0-9a-f-]{36}$/);
});

test('§2.7 of one that failed over a connection it says which, and what had gone over it', async (t) => {
  const engine = await HttpEngine.start(t);
  const app = await Backend.start(t, (_, { socket }) => {
    socket.destroy();
    return undefined;
  });
  engine.route('app.test', app.port);
  const client = await engine.connect();
  assert.equal(statusOf(await client.send(POST).response()), 502);
  const [, data] = engine.log.find(([message]) => message === 'backend-endpoint-failed')!;
  assert.equal(data['retriable'], false);
  assert.equal(data['got-connection'], true);
  assert.equal(data['wrote-headers'], true);
  assert.ok((data['dial-time'] as number) > 0);
  assert.match(String(data['local-address']), /^127\.0\.0\.1:\d+$/);
});
