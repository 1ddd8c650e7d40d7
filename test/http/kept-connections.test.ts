import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'vitest';
import { Backend, ok } from '../support/backend.ts';
import { Authority } from '../support/certificates.ts';
import { ask, get, RawClient, valuesOf } from '../support/raw-http.ts';
import { TestRouter } from '../support/router.ts';

const SAN = 'f3a1c7d2-1111-2222-3333-444455556666';
const authority = new Authority();
const identity = authority.issue({ names: `DNS:${SAN}` });

/** Which instance the router takes the application for that answers. */
const instanceOf = (request: Parameters<Backend['answer']>[0]) => valuesOf(request, 'X-CF-InstanceID')[0]!;

async function start(t: TestContext, tls = false) {
  const config = { cellgate: { proxy_threads: 1 }, ca_certs: [authority.cert] };
  const router = await TestRouter.start(t, config);
  const answer: Backend['answer'] = (request) => ok(instanceOf(request));
  const app = tls ? await Backend.startTls(t, identity, answer) : await Backend.start(t, answer);
  /** Registers, and waits until requests are for that instance. */
  const register = async (uris: string[], id: string, more: object = {}): Promise<void> => {
    const address = tls ? { tls_port: app.port, server_cert_domain_san: SAN } : { port: app.port };
    const instance = { private_instance_id: id, ...more };
    router.publish('router.register', { uris, host: '127.0.0.1', ...address, ...instance });
    for (const uri of uris) while ((await ask(router.port, get(uri))).body !== id) {}
  };
  return { router, app, register };
}

describe('§1.5 a registration that changes the instance’s id alone', () => {
  for (const [what, more] of [
    ['of an application', { app: 'the-app' }],
    ['of no application', {}],
  ] as const) {
    test(`leaves the connections as they are, ${what}`, async (t) => {
      const { app, register } = await start(t);
      for (const id of ['one', 'two', 'three']) await register(['a.test', 'b.test'], id, more);
      assert.equal(app.connections.length, 1);
    });
  }

  test('leaves a connection that is in use, for the next request', async (t) => {
    const { router, app, register } = await start(t);
    await register(['a.test'], 'one');
    const { answer } = app;
    app.answer = () => undefined;
    const client = await RawClient.connect(router.port);
    client.send(get('a.test', '/held'));
    await app.until(() => app.requests.at(-1)!.start.includes('/held'));
    app.answer = answer;
    await register(['a.test'], 'two');
    const { length } = app.connections;
    app.connections[0]!.socket.write(ok('one'));
    assert.equal((await client.response()).body, 'one');
    client.close();
    assert.equal((await ask(router.port, get('a.test', '/next'))).body, 'two');
    assert.match(app.connections[0]!.received, /GET \/next /);
    assert.equal(app.connections.length, length);
  });

  test('has its own ones while a route leads to the one before', async (t) => {
    const { app, register } = await start(t);
    await register(['a.test', 'b.test'], 'one');
    await register(['a.test'], 'two');
    assert.equal(app.connections.length, 2);
    await register(['b.test'], 'two');
    await app.until(() => app.openConnections === 1);
  });

  test('over TLS has its own ones, whose certificate was looked at', async (t) => {
    const { app, register } = await start(t, true);
    for (const id of ['one', 'two', 'three']) await register(['a.test', 'b.test'], id);
    for (const { received } of app.connections) {
      assert.equal(new Set(received.match(/X-CF-InstanceID: \w+/g)).size, 1, received);
    }
  });
});

test('§1.5 a registration that changes more than that has connections of its own', async (t) => {
  const { router, app, register } = await start(t);
  await register(['a.test'], 'one', { app: 'one-app' });
  await register(['a.test'], 'two', { app: 'another-app' });
  assert.equal(app.connections.length, 2);
  await register(['a.test'], 'three', { app: 'another-app', protocol: 'http1.1' });
  assert.equal(app.connections.length, 3);
  router.unregister('a.test', app.port);
  await app.until(() => app.openConnections === 0);
  await register(['a.test'], 'four', { app: 'another-app', protocol: 'http1.1' });
  assert.equal(app.connections.length, 4);
});
