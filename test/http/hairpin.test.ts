import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'vitest';
import type { HttpSettings } from '../../src/http/settings.ts';
import { Backend, ok } from '../support/backend.ts';
import { HttpEngine } from '../support/http-engine.ts';
import { ask, get, statusOf, valuesOf } from '../support/raw-http.ts';
import { routeServicesOf } from '../support/route-service-settings.ts';

const DOMAIN = { name: '*.apps.test', forwardedClientCert: 'sanitize_set', format: 'raw' } as const;

/** An engine that reaches any service within itself, if it may; over the network there is none of that name. */
async function start(t: TestContext, settings: Partial<HttpSettings> = {}) {
  const engine = await HttpEngine.start(t, {
    routeServices: routeServicesOf('secret', [], { hairpinning: [] }),
    ...settings,
  });
  const service = await Backend.start(t, () => ok('the service'));
  const app = await Backend.start(t, () => ok('the application'));
  const bind = (host: string, url: string) =>
    engine.routeByService(host, url, { host: '127.0.0.1', port: app.port });
  return { engine, service, app, bind };
}

describe('§4.7 a route service is not reached in passing where who comes by the front', () => {
  for (const host of ['x.apps.test', 'a.b.apps.test']) {
    test(`must show a certificate for its domain: ${host} on a wildcard route`, async (t) => {
      const { engine, service, bind } = await start(t, { domains: [DOMAIN] });
      engine.route('*.apps.test', service.port);
      bind('app.test', `https://${host}:1/look`);
      assert.equal(statusOf(await ask(engine.port, get(host))), 421);
      assert.equal(statusOf(await ask(engine.port, get('app.test'))), 502);
      assert.deepEqual(service.requests, []);
      await engine.isEmpty();
    });
  }

  test('goes by way of another route service', async (t) => {
    const { engine, service, app, bind } = await start(t);
    const called = await Backend.start(t, () => ok('behind its own service'));
    engine.route('guard.test', service.port);
    engine.routeByService('called.test', 'https://guard.test/', { host: '127.0.0.1', port: called.port });
    bind('app.test', 'https://called.test:1/');
    assert.equal((await ask(engine.port, get('called.test'))).body, 'the service');
    assert.equal(statusOf(await ask(engine.port, get('app.test'))), 502);
    assert.deepEqual([called.requests, app.requests, service.requests.length], [[], [], 1]);
    await engine.isEmpty();
  });

  test('finds nobody', async (t) => {
    const { engine, service, bind } = await start(t);
    engine.routeToEndpoint('empty.test');
    bind('app.test', 'https://empty.test:1/');
    assert.equal(statusOf(await ask(engine.port, get('app.test'))), 502);
    assert.deepEqual(service.requests, []);
    await engine.isEmpty();
  });
});

test('§4.7 a route service is reached in one pass: one line in the log, and no address of the router', async (t) => {
  const { engine, service, bind } = await start(t);
  engine.route('guard.test', service.port);
  bind('app.test', 'https://guard.test/look');
  await ask(engine.port, get('app.test', '/', ['X-Forwarded-For: 10.0.0.1']));
  assert.deepEqual(valuesOf(service.requests[0]!, 'X-Forwarded-For'), ['10.0.0.1, 127.0.0.1']);
  assert.equal(engine.accessLog.length, 1);
  await engine.isEmpty();
});

test('§4.7 a route service that is open to all is reached within the router, also on a wildcard route', async (t) => {
  const { engine, service, bind } = await start(t, { domains: [DOMAIN] });
  engine.route('*.services.test', service.port);
  bind('app.test', 'https://guard.services.test/look');
  assert.equal((await ask(engine.port, get('app.test'))).body, 'the service');
  await engine.isEmpty();
});
