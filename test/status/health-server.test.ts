import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { type TestContext, test } from 'vitest';
import { Health } from '../../src/status/health.ts';
import { startHealthServer } from '../../src/status/health-server.ts';
import { metrics } from '../support/metrics-fixture.ts';

const CREDENTIALS = { user: 'admin', pass: 'secret' };
const AUTHORIZATION = `Basic ${Buffer.from('admin:secret').toString('base64')}`;

async function started(t: TestContext) {
  const health = new Health();
  const server = await startHealthServer({
    host: '127.0.0.1',
    port: 0,
    setting: 'status.port',
    health,
    metrics: metrics(),
    credentials: CREDENTIALS,
  });
  t.onTestFinished(() => server.close());
  const get = (path: string, headers = {}) => fetch(`http://127.0.0.1:${server.port}${path}`, { headers });
  return { health, server, get };
}

async function statusAndBody(response: Response): Promise<[number, string]> {
  return [response.status, await response.text()];
}

test('§6.1 /health is 200 only while the router is healthy', async (t) => {
  const { health, get } = await started(t);
  assert.deepEqual(await statusAndBody(await get('/health')), [503, '']);
  health.become('healthy');
  assert.deepEqual(await statusAndBody(await get('/health?probe=1')), [200, 'ok\n']);
  health.become('degraded');
  assert.deepEqual(await statusAndBody(await get('/health')), [503, '']);
});

test('§6.1 the process is alive in every state', async (t) => {
  const { health, get } = await started(t);
  for (const state of ['initializing', 'healthy', 'degraded'] as const) {
    health.become(state);
    const answer = await statusAndBody(await get('/is-process-alive-do-not-use-for-loadbalancing'));
    assert.deepEqual(answer, [200, 'ok\n'], state);
  }
});

test('§6.1 health answers are not cached', async (t) => {
  const { get } = await started(t);
  for (const path of ['/health', '/is-process-alive-do-not-use-for-loadbalancing']) {
    const { headers } = await get(path);
    assert.deepEqual([headers.get('Cache-Control'), headers.get('Expires')], ['private, max-age=0', '0']);
  }
});

test('§6.1 other paths are 404', async (t) => {
  const { get } = await started(t);
  for (const path of ['/', '/routes', '/health/', '/__proto__', '/constructor']) {
    assert.deepEqual(await statusAndBody(await get(path)), [404, '404 page not found\n'], path);
  }
});

test('/metrics needs the status credentials', async (t) => {
  const { get } = await started(t);
  const refused = await get('/metrics');
  assert.equal(refused.headers.get('WWW-Authenticate'), 'Basic');
  assert.deepEqual(await statusAndBody(refused), [401, '401 Unauthorized\n']);
  const [status, body] = await statusAndBody(await get('/metrics', { Authorization: AUTHORIZATION }));
  assert.equal(status, 200);
  assert.match(body, /^total_routes 0$/m);
});

test('closing does not wait for clients that are in the middle of a request', {
  timeout: 5000,
}, async (t) => {
  const { server } = await started(t);
  const slow = connect(server.port, '127.0.0.1');
  slow.write('GET /health HTTP/1.1\r\nHost: x\r\n\r\nGET /health HTTP/1.1\r\n');
  await once(slow, 'data');
  const gone = once(slow, 'close');
  await server.close();
  await gone;
});
