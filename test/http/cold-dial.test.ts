import assert from 'node:assert/strict';
import { describe, test, vi } from 'vitest';
import { type Deadline, DeadlineList } from '../../src/time/deadline.ts';
import { Backend, ok } from '../support/backend.ts';
import { Authority } from '../support/certificates.ts';
import { HttpEngine } from '../support/http-engine.ts';
import { ask, get, statusOf } from '../support/raw-http.ts';
import { routeServicesOf } from '../support/route-service-settings.ts';

const authority = new Authority();
const identity = authority.issue({ names: 'DNS:localhost,IP:127.0.0.1' });
const TLS = { ca: [authority.cert], certChain: '', privateKey: '', ciphers: '', verify: true };
/** Shorter than it takes to read the system's certificates. */
const DIAL_TIMEOUTS = [10, 30];

describe('§2.10 endpoint_dial_timeout is for the endpoint alone:', () => {
  for (const dialTimeout of DIAL_TIMEOUTS) {
    test(`the first one over TLS has all of ${dialTimeout} ms`, async (t) => {
      const app = await Backend.startTls(t, identity, () => ok());
      const engine = await HttpEngine.start(t, { backendTls: TLS, dialTimeout, maxAttempts: 1 });
      const address = { host: '127.0.0.1', port: app.port };
      engine.routeToEndpoint('app.test', { ...address, tls: true, serverCertDomainSan: 'localhost' });
      assert.equal(statusOf(await ask(engine.port, get('app.test'))), 200);
    });

    test(`the first route service has all of ${dialTimeout} ms`, async (t) => {
      const service = await Backend.startTls(t, identity, () => ok());
      const routeServices = routeServicesOf('secret', [authority.cert]);
      const engine = await HttpEngine.start(t, { routeServices, dialTimeout });
      const url = `https://127.0.0.1:${service.port}/`;
      engine.routeByService('app.test', url, { host: '127.0.0.1', port: 1 });
      assert.equal(statusOf(await ask(engine.port, get('app.test'))), 200);
    });
  }

  test('what has come while the thread was held up has come in time', async (t) => {
    const app = await Backend.start(t, () => ok());
    const engine = await HttpEngine.start(t, { dialTimeout: 10, maxAttempts: 1 });
    engine.route('app.test', app.port);
    const { dial } = engine.proxy.context.deadlines;
    const { arm } = DeadlineList.prototype;
    vi.spyOn(dial, 'arm').mockImplementation((deadline: Deadline, now: number) => {
      arm.call(dial, deadline, now);
      const until = performance.now() + 50;
      while (performance.now() < until);
    });
    assert.equal(statusOf(await ask(engine.port, get('app.test'))), 200);
  });
});
