import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { describe, type TestContext, test } from 'vitest';
import type { PoolPolicy } from '../../src/routing/change.ts';
import { RETRIES } from '../../src/telemetry/counters.ts';
import { Backend, ok } from '../support/backend.ts';
import { Authority } from '../support/certificates.ts';
import { HttpEngine } from '../support/http-engine.ts';
import { ask, get, statusOf } from '../support/raw-http.ts';
import { routeServicesOf } from '../support/route-service-settings.ts';
import { askOver, shown, withDomains } from '../support/tls-clients.ts';

/** An instance that breaks the TLS handshake off, after something has happened. */
async function refusing(t: TestContext, happens: () => void) {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', () => {
      happens();
      socket.resetAndDestroy();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  return { host: '127.0.0.1', port, tls: true, serverCertDomainSan: 'x' };
}

/** What is registered anew of a route is other objects, though it says the same. */
function change(engine: HttpEngine, host: string, policy: Partial<PoolPolicy>): void {
  const pool = engine.proxy.routes.match(host, '/')!;
  pool.settings = structuredClone({ ...pool.settings, ...policy });
}

function askFirst(engine: HttpEngine, host: string): void {
  engine.proxy.routes.match(host, '/')!.cursor = 0;
}

describe('a request whose first attempt fails is not sent to another endpoint once its route', () => {
  async function start(t: TestContext, before: Partial<PoolPolicy>, after: Partial<PoolPolicy>) {
    const engine = await HttpEngine.start(t);
    const app = await Backend.start(t, () => ok('the application'));
    const first = await refusing(t, () => change(engine, 'app.test', after));
    engine.routeWith(before, 'app.test', first, { host: '127.0.0.1', port: app.port });
    askFirst(engine, 'app.test');
    return { engine, app };
  }

  test('goes by way of a route service', async (t) => {
    const { engine, app } = await start(t, {}, { routeServiceUrl: 'https://service.test/' });
    assert.equal(statusOf(await ask(engine.port, get('app.test'))), 502);
    assert.deepEqual(app.requests, []);
    await engine.isEmpty();
  });

  test('is for callers alone that it did not ask for', async (t) => {
    const { engine, app } = await start(t, {}, { routePolicy: { scope: 'any', sources: ['cf:app:one'] } });
    assert.equal(statusOf(await ask(engine.port, get('app.test'))), 502);
    assert.deepEqual(app.requests, []);
    await engine.isEmpty();
  });
});

test('a caller whom a route lets in no more gets no second attempt there, one that it lets in as before does', async (t) => {
  const HOST = 'api.apps.identity';
  const platform = new Authority('/CN=Instance identity');
  const caller = platform.issue({ subject: '/OU=organization:o/OU=space:s/OU=app:app-2/CN=i' });
  const engine = await HttpEngine.start(
    t,
    withDomains([{ name: '*.apps.identity', ca: platform.cert, format: 'envoy' }]),
  );
  const app = await Backend.start(t, () => ok('in'));
  let sources = ['cf:app:app-1', 'cf:app:app-2'];
  const first = await refusing(t, () => change(engine, HOST, { routePolicy: { scope: 'any', sources } }));
  const second = { host: '127.0.0.1', port: app.port };
  engine.routeWith({ routePolicy: { scope: 'any', sources } }, HOST, first, second);
  askFirst(engine, HOST);
  assert.equal((await askOver(engine.port, HOST, HOST, shown(caller))).body, 'in');
  assert.equal(engine.proxy.context.counters.get(RETRIES), 1);

  sources = ['cf:app:app-1'];
  engine.routeWith(
    { routePolicy: { scope: 'any', sources: ['cf:app:app-2'] } },
    'b.apps.identity',
    await refusing(t, () => change(engine, 'b.apps.identity', { routePolicy: { scope: 'any', sources } })),
    second,
  );
  askFirst(engine, 'b.apps.identity');
  const refused = await askOver(engine.port, 'b.apps.identity', 'b.apps.identity', shown(caller));
  assert.equal(statusOf(refused), 502);
  assert.equal(app.requests.length, 1);
  await engine.isEmpty();
});

describe('a route service that is reached in passing', () => {
  async function start(t: TestContext, after: Partial<PoolPolicy>) {
    const engine = await HttpEngine.start(t, {
      routeServices: routeServicesOf('secret', [], { hairpinning: [], maxAttempts: 3 }),
    });
    const service = await Backend.start(t, () => ok('the service'));
    const first = await refusing(t, () => change(engine, 'service.test', after));
    engine.routeWith({}, 'service.test', first, { host: '127.0.0.1', port: service.port });
    askFirst(engine, 'service.test');
    engine.routeByService('app.test', 'https://service.test/', { host: '127.0.0.1', port: 1 });
    return { engine, service };
  }

  test('gets a second attempt while it is open to all', async (t) => {
    const { engine, service } = await start(t, {});
    assert.equal((await ask(engine.port, get('app.test'))).body, 'the service');
    assert.equal(service.requests.length, 1);
    await engine.isEmpty();
  });

  for (const [what, after] of [
    ['a route service of its own', { routeServiceUrl: 'https://guard.test/' }],
    ['a policy of its own', { routePolicy: { scope: 'any', sources: [] } }],
  ] as const) {
    test(`gets none once it has ${what}`, async (t) => {
      const { engine, service } = await start(t, after);
      assert.equal(statusOf(await ask(engine.port, get('app.test'))), 502);
      assert.deepEqual(service.requests, []);
      await engine.isEmpty();
    });
  }
});
