import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'vitest';
import { Backend } from '../support/backend.ts';
import { HttpEngine } from '../support/http-engine.ts';
import { statusOf, valuesOf } from '../support/raw-http.ts';

const AGENT = 'HTTP-Monitor/1.1';

async function check(t: TestContext, isHealthy: boolean, userAgent = AGENT) {
  const engine = await HttpEngine.start(t, { healthcheckUserAgent: AGENT });
  engine.health.isHealthy = isHealthy;
  const app = await Backend.start(t);
  engine.route('app.test', app.port);
  const client = await engine.connect();
  const head = `GET /any HTTP/1.1\r\nHost: app.test\r\nUser-Agent: ${userAgent}\r\n\r\n`;
  const response = await client.send(head).response();
  return { engine, app, client, response };
}

describe('§3.15 a health check through the proxy port', () => {
  test('§3.15 is answered ok by a healthy router, logged, and its connection closed', async (t) => {
    const { engine, app, client, response } = await check(t, true);
    assert.deepEqual([statusOf(response), response.body], [200, 'ok\n']);
    assert.deepEqual(valuesOf(response, 'Cache-Control'), ['private, max-age=0']);
    assert.deepEqual(valuesOf(response, 'Expires'), ['0']);
    assert.deepEqual(valuesOf(response, 'Connection'), ['close']);
    assert.equal(await client.closed, 'end');
    assert.equal(app.requests.length, 0);
    assert.match(engine.accessLog[0]!, /"GET \/any HTTP\/1\.1" 200 0 3 "-" "HTTP-Monitor\/1\.1"/);
    client.close();
    await engine.isEmpty();
  });

  test('§3.15 is answered 503 by one that is not', async (t) => {
    const { client, response } = await check(t, false);
    assert.deepEqual([statusOf(response), response.body], [503, '']);
    assert.equal(await client.closed, 'end');
    client.close();
  });

  for (const agent of ['HTTP-Monitor/1.10', 'HTTP-Monitor/1.', 'http-monitor/1.1', `x ${AGENT}`]) {
    test(`§3.15 is not what ${agent} asks for`, async (t) => {
      const { app, client } = await check(t, false, agent);
      assert.equal(app.requests.length, 1);
      client.close();
    });
  }
});
