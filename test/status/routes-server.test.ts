import assert from 'node:assert/strict';
import { type TestContext, test } from 'vitest';
import { startRoutesServer } from '../../src/status/routes-server.ts';

const AUTHORIZATION = `Basic ${Buffer.from('admin:secret').toString('base64')}`;

async function started(t: TestContext, credentials = { user: 'admin', pass: 'secret' }) {
  let computed = 0;
  const source = {
    routes: () => ['{"foo.com":[],', '', `"computed":${++computed}}\n`],
    lookUp: (url: string) => (url === 'bad' ? null : { url }),
  };
  const server = await startRoutesServer({
    port: 0,
    tcpRoutes: null,
    credentials,
    source,
    setting: 'status.routes.port',
  });
  t.onTestFinished(() => server.close());
  const get = (headers = {}, path = '/routes') =>
    fetch(`http://127.0.0.1:${server.port}${path}`, { headers });
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

test('/routes/lookup needs the credentials too, and says what to ask', async (t) => {
  const { get } = await started(t);
  const headers = { Authorization: AUTHORIZATION };
  assert.equal((await get({}, '/routes/lookup?url=a.test')).status, 401);
  assert.deepEqual(await (await get(headers, '/routes/lookup?url=http%3A%2F%2Fa.test%2F')).json(), {
    url: 'http://a.test/',
  });
  for (const query of ['', '?url=bad']) {
    const refused = await get(headers, `/routes/lookup${query}`);
    assert.equal(refused.status, 400);
    assert.match(await refused.text(), /ask with/);
  }
});

test('§6.2 a large table leaves time for other work while it is written', async (t) => {
  const pieces = 500;
  const source = {
    *routes() {
      for (let piece = 0; piece < pieces; piece++) yield 'x'.repeat(32 * 1024);
    },
    lookUp: () => null,
  };
  const server = await startRoutesServer({
    port: 0,
    setting: 'status.routes.port',
    tcpRoutes: null,
    credentials: { user: 'admin', pass: 'secret' },
    source,
  });
  t.onTestFinished(() => server.close());
  let turns = 0;
  const counting = setInterval(() => turns++, 0);
  t.onTestFinished(() => clearInterval(counting));
  const response = await fetch(`http://127.0.0.1:${server.port}/routes`, {
    headers: { Authorization: AUTHORIZATION },
  });
  assert.equal((await response.text()).length, pieces * 32 * 1024);
  assert.ok(turns > 10, String(turns));
});
