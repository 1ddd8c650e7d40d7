import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'vitest';
import { Backend, ok } from '../../support/backend.ts';
import { Authority } from '../../support/certificates.ts';
import { freePort } from '../../support/free-port.ts';
import { ask, get, statusOf, valuesOf } from '../../support/raw-http.ts';
import { TestRouter } from '../../support/router.ts';

const SAN = '3f8c2a6e-aaaa-bbbb-cccc-111122223333';
const authority = new Authority();
const instance = authority.issue({ subject: '/CN=instance', names: `DNS:${SAN}` });
const atAddress = authority.issue({ names: 'IP:127.0.0.1' });
const elsewhere = authority.issue({ names: 'DNS:localhost' });
/** Enough that each of the two threads is asked, more than once. */
const TIMES = 12;

/** Resolves with the answers to requests from now on, once changes said before have reached every thread. */
async function answers(
  router: TestRouter,
  host: string,
): Promise<[status: number, why: string, body: string][]> {
  const marker = await Backend.start({ onTestFinished: () => {} });
  await router.route(`after-${host}`, marker.port);
  await marker.stop();
  const all: [number, string, string][] = [];
  for (let time = 0; time < TIMES; time++) {
    const response = await ask(router.port, get(host));
    all.push([statusOf(response), valuesOf(response, 'X-Cf-RouterError')[0] ?? '', response.body]);
  }
  return all;
}

function tlsRouter(t: TestContext, config: object = {}): Promise<TestRouter> {
  return TestRouter.start(t, { ca_certs: [authority.cert], ...config });
}

async function withService(t: TestContext, allowed: readonly string[]) {
  const router = await tlsRouter(t, {
    route_services_secret: 'secret',
    route_services_hairpinning: true,
    route_services_hairpinning_allowlist: allowed,
  });
  const service = await Backend.startTls(t, elsewhere, () => ok('the service'));
  const shadow = await Backend.start(t, () => ok('the shadow'));
  const app = await Backend.start(t, () => ok('the application'));
  return { router, service, shadow, app };
}

describe('C11 what a registration leads to', () => {
  test('C11-04 an endpoint with tls_port is asked over TLS, by its name or else by its address', async (t) => {
    const router = await tlsRouter(t);
    const named = await Backend.startTls(t, instance, () => ok('by name'));
    const addressed = await Backend.startTls(t, atAddress, () => ok('by address'));
    router.register('named.test', 1, { tls_port: named.port, server_cert_domain_san: SAN });
    router.register('nameless.test', 1, { tls_port: addressed.port });
    for (const answer of await answers(router, 'named.test')) assert.deepEqual(answer, [200, '', 'by name']);
    for (const answer of await answers(router, 'nameless.test')) {
      assert.deepEqual(answer, [200, '', 'by address']);
    }
  });

  test('C11-04 one that shows another name is asked nothing, is answered 503, and leaves the table until it is said again', async (t) => {
    const router = await tlsRouter(t);
    const backend = await Backend.startTls(t, instance);
    const register = () =>
      router.register('app.test', 1, { tls_port: backend.port, server_cert_domain_san: 'somebody-else' });
    for (let round = 0; round < 2; round++) {
      register();
      // The first to ask finds out; all others find no endpoint.
      let reason = '';
      while (reason !== 'endpoint_failure') {
        const response = await ask(router.port, get('app.test'));
        reason = valuesOf(response, 'X-Cf-RouterError')[0]?.split(' ')[0] ?? '';
        assert.ok([404, 503].includes(statusOf(response)), response.start);
      }
      for (const [status, why] of await answers(router, 'app.test')) {
        assert.ok(status === 404 || why === 'no_endpoints', `${status} ${why}`);
      }
    }
    assert.deepEqual(backend.requests, []);
  });

  test('C11-06 who registers the host of a route service gets none of its requests', async (t) => {
    const { router, service, shadow, app } = await withService(t, ['other.test']);
    router.register('localhost', shadow.port);
    router.register('app.test', app.port, { route_service_url: `https://localhost:${service.port}/` });
    for (const answer of await answers(router, 'app.test'))
      assert.deepEqual(answer, [200, '', 'the service']);
    assert.deepEqual([app.requests, shadow.requests], [[], []]);
  });

  test('C11-06 but for hosts to which hairpinning is allowed', async (t) => {
    const { router, shadow, app } = await withService(t, ['guard.test']);
    router.register('guard.test', shadow.port);
    router.register('app.test', app.port, { route_service_url: 'https://guard.test/' });
    for (const answer of await answers(router, 'app.test')) assert.deepEqual(answer, [200, '', 'the shadow']);
    assert.deepEqual(app.requests, []);
  });

  test('C11-12 three endpoints that are gone without a word do not hide the one that is there', async (t) => {
    const router = await TestRouter.start(t);
    const alive = await Backend.start(t, () => ok('alive'));
    for (let dead = 0; dead < 3; dead++) router.register('app.test', await freePort());
    router.register('app.test', alive.port);
    for (const answer of await answers(router, 'app.test')) assert.deepEqual(answer, [200, '', 'alive']);
  });
});
