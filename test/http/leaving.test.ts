import assert from 'node:assert/strict';
import { test } from 'vitest';
import { Backend } from '../support/backend.ts';
import { HttpEngine } from '../support/http-engine.ts';
import { get, statusOf, valuesOf } from '../support/raw-http.ts';

test('a thread that leaves takes no connection from a pool and gives none back', async (t) => {
  const engine = await HttpEngine.start(t);
  const app = await Backend.start(t);
  engine.route('app.test', app.port);
  const clients = [await engine.connect(), await engine.connect(), await engine.connect()];
  const ask = async (client: (typeof clients)[number]) => client.send(get('app.test')).response();
  assert.equal(statusOf(await ask(clients[0]!)), 200);
  assert.equal(engine.upstreams, 1);

  engine.proxy.phase = 'leaving';
  for (const client of clients) {
    const response = await ask(client);
    assert.equal(statusOf(response), 200);
    // Clients go elsewhere with their next request.
    assert.deepEqual(valuesOf(response, 'connection'), ['close']);
  }
  assert.equal(app.connections.length, 4);
  await engine.until(() => engine.upstreams === 1);
});

test('a thread that leaves is as healthy as the router is', async (t) => {
  const engine = await HttpEngine.start(t, { healthcheckUserAgent: 'check' });
  engine.proxy.phase = 'leaving';
  const check = async () => {
    const client = await engine.connect();
    client.send('GET / HTTP/1.1\r\nHost: any\r\nUser-Agent: check\r\n\r\n');
    return statusOf(await client.response());
  };
  assert.equal(await check(), 200);
  engine.health.isHealthy = false;
  assert.equal(await check(), 503);
});
