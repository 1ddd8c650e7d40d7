import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { startRoutesServer } from '../../src/status/routes-server.ts';

const AUTHORIZATION = `Basic ${Buffer.from('admin:secret').toString('base64')}`;

async function started(t: TestContext, credentials = { user: 'admin', pass: 'secret' }) {
  let computed = 0;
  const routes = () => ({ 'foo.com': [], computed: ++computed });
  const server = await startRoutesServer({ port: 0, tcpRoutes: null, credentials, routes });
  t.after(() => server.close());
  const get = (headers = {}) => fetch(`http://127.0.0.1:${server.port}/routes`, { headers });
  return { get, computed: () => computed };
}

test('§6.2 /routes shows the table as JSON and closes the connection', async (t) => {
  const { get } = await started(t);
  const response = await get({ Authorization: AUTHORIZATION });
  assert.equal(response.status, 200);
  assert.equal(response.headers.get('Content-Type'), 'application/json');
  assert.equal(response.headers.get('Connection'), 'close');
  assert.equal(await response.text(), '{"foo.com":[],"computed":1}\n');
});

test('without credentials the table is not even computed', async (t) => {
  const { get, computed } = await started(t);
  const response = await get();
  assert.equal(response.status, 401);
  assert.equal(response.headers.get('WWW-Authenticate'), 'Basic');
  assert.equal(await response.text(), '401 Unauthorized\n');
  assert.equal(computed(), 0);
});

test('nobody sees the table when no credentials are configured', async (t) => {
  const { get } = await started(t, { user: '', pass: '' });
  const response = await get({ Authorization: `Basic ${Buffer.from(':').toString('base64')}` });
  assert.equal(response.status, 401);
});
