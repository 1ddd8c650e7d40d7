import assert from 'node:assert/strict';
import { type TestContext, test } from 'vitest';
import { Backend, ok } from '../support/backend.ts';
import { HTTP_2, HttpEngine } from '../support/http-engine.ts';
import { ask, get, statusOf, valuesOf } from '../support/raw-http.ts';
import { asking, RawHttp2 } from '../support/raw-http2.ts';

const SHORT = 150;
const LONG = 60_000;

/** An application that is silent at `/slow`. */
async function start(
  t: TestContext,
  endpointTimeout: number,
  requestTimeout: number,
  endpointTimeoutOverHttp2 = LONG,
) {
  const engine = await HttpEngine.start(t, { endpointTimeout, endpointTimeoutOverHttp2, http2: HTTP_2 });
  const app = await Backend.start(t, (request) => (request.start.includes('/slow') ? undefined : ok()));
  engine.routeToEndpoint('app.test', { host: '127.0.0.1', port: app.port, requestTimeout });
  return { engine, app };
}

for (const [what, endpointTimeout, requestTimeout] of [
  ['endpoint_timeout', SHORT, 0],
  ['options.request_timeout in place of a longer endpoint_timeout', LONG, SHORT],
] as const) {
  test(`§3.8 ${what}: 502 and a line that says so`, async (t) => {
    const { engine } = await start(t, endpointTimeout, requestTimeout);
    const begun = performance.now();
    const response = await ask(engine.port, get('app.test', '/slow'));
    assert.ok(performance.now() - begun >= SHORT - 1);
    assert.equal(statusOf(response), 502);
    assert.deepEqual(valuesOf(response, 'X-Cf-RouterError'), [
      'endpoint_failure (context deadline exceeded)',
    ]);
    assert.ok(engine.log.some(([message]) => message === 'backend-request-timeout'));
    assert.equal(statusOf(await ask(engine.port, get('app.test'))), 200);
    await engine.isEmpty();
  });
}

test('§3.8 options.request_timeout also allows more than endpoint_timeout', async (t) => {
  const { engine, app } = await start(t, SHORT, LONG);
  const client = await engine.connect();
  client.send(get('app.test', '/slow'));
  await app.until(() => app.requests.length === 1);
  const begun = engine.proxy.context.now;
  await engine.until(() => engine.proxy.context.now > begun + 3 * SHORT);
  app.connections[0]!.socket.write(ok('late'));
  assert.equal((await client.response()).body, 'late');
  client.close();
  await engine.isEmpty();
});

for (const [what, overHttp1, overHttp2, ofRoute] of [
  ['a time of its own', LONG, SHORT, 0],
  ['the time of its route in place of that', LONG, LONG, SHORT],
] as const) {
  test(`§3.8 a request over HTTP/2 has ${what}`, async (t) => {
    const { engine, app } = await start(t, overHttp1, ofRoute, overHttp2);
    const client = await RawHttp2.connect(engine.port);
    const begun = performance.now();
    assert.equal(await client.ask(1, asking({ ':path': '/slow' })), '502');
    assert.ok(performance.now() - begun >= SHORT - 1);
    assert.equal(app.requests.length, 1);
    client.close();
    await engine.isEmpty();
  });
}

test('§3.8 the time of requests over HTTP/2 is not that of HTTP/1.1', async (t) => {
  const { engine, app } = await start(t, SHORT, 0, LONG);
  const client = await RawHttp2.connect(engine.port);
  const response = client.ask(1, asking({ ':path': '/slow' }));
  await app.until(() => app.requests.length === 1);
  const begun = engine.proxy.context.now;
  await engine.until(() => engine.proxy.context.now > begun + 3 * SHORT);
  app.connections[0]!.socket.write(ok('late'));
  assert.equal(await response, '200');
  client.close();
  await engine.isEmpty();
});
