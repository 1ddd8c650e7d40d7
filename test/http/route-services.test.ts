import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, type TestContext, test } from 'vitest';
import type { RouteServiceSettings } from '../../src/http/settings.ts';
import type { Detour } from '../../src/route-service/passage.ts';
import { routeServiceCounter } from '../../src/telemetry/counters.ts';
import { Backend, ok } from '../support/backend.ts';
import { Authority } from '../support/certificates.ts';
import { HttpEngine } from '../support/http-engine.ts';
import { get, type RawMessage, statusOf, valuesOf } from '../support/raw-http.ts';
import { RouteServiceProtocol } from '../support/route-service.ts';
import { routeServicesOf } from '../support/route-service-settings.ts';

const authority = new Authority();
const identity = authority.issue({ names: 'DNS:localhost' });
/** Of a WebSocket. */
const KEY = randomBytes(16).toString('base64');
/** How many services' connections are kept. */
const MOST_SERVICES = 1024;
const SECRET = 'what router and services share';

const SETTINGS = routeServicesOf(SECRET, [authority.cert], { maxAttempts: 3 });

const protocol = new RouteServiceProtocol(SECRET);

interface Platform {
  readonly engine: HttpEngine;
  readonly app: Backend;
  readonly service: Backend;
}

/** app.test is bound to a service, free.test is not; both lead to the same application. */
async function platform(
  t: TestContext,
  settings: Partial<RouteServiceSettings> = {},
  path = '/check?by=router',
): Promise<Platform> {
  const engine = await HttpEngine.start(t, {
    routeServices: { ...SETTINGS, ...settings },
    forceForwardedProtoHttps: true,
  });
  const app = await Backend.start(t, () => ok('the application'));
  const service = await Backend.startTls(t, identity, () => ok('the service itself'));
  const endpoint = { host: '127.0.0.1', port: app.port };
  const routeServiceUrl = `https://localhost:${service.port}${path}`;
  engine.routeByService('app.test', routeServiceUrl, endpoint);
  engine.routeToEndpoint('free.test', endpoint);
  return { engine, app, service };
}

async function answerTo(engine: HttpEngine, request: string): Promise<RawMessage> {
  const client = await engine.connect();
  const response = await client.send(request).response();
  client.close();
  return response;
}

test('§4.1 a request goes to the service first, with what it must bring back', async (t) => {
  const { engine, app, service } = await platform(t);
  const response = await answerTo(
    engine,
    get('app.test', '/a%2Fb?q=1', [
      'X-CF-Forwarded-Url: https://forged/',
      'X-CF-Proxy-Metadata: forged',
      'X-Custom: kept',
      'X-CF-InstanceID: forged',
    ]),
  );
  assert.equal(response.body, 'the service itself');
  assert.deepEqual(app.requests, []);
  const [asked] = service.requests;
  assert.equal(asked!.start, 'GET /check?by=router HTTP/1.1');
  assert.deepEqual(valuesOf(asked!, 'Host'), [`localhost:${service.port}`]);
  assert.deepEqual(valuesOf(asked!, 'X-CF-Forwarded-Url'), ['https://app.test/a%2Fb?q=1']);
  assert.deepEqual(valuesOf(asked!, 'X-Custom'), ['kept']);
  assert.deepEqual(valuesOf(asked!, 'X-Forwarded-For'), ['127.0.0.1']);
  assert.deepEqual(valuesOf(asked!, 'X-CF-InstanceID'), []);
  const [signature, metadata] = ['X-CF-Proxy-Signature', 'X-CF-Proxy-Metadata'].map((name) =>
    valuesOf(asked!, name),
  );
  assert.equal(signature!.length, 1);
  assert.equal(metadata!.length, 1);
  assert.equal(protocol.open(signature![0]!, metadata![0]!).forwarded_url, 'https://app.test/a%2Fb?q=1');
  await engine.isEmpty();
});

test('§2.3 who asks for an instance that is not there is told so before the service is asked', async (t) => {
  const { engine, service } = await platform(t);
  const app = '11111111-2222-3333-4444-555555555555';
  const { port } = await Backend.start(t);
  const endpoint = { host: '127.0.0.1', port, appId: app, instanceIndex: '0' };
  engine.routeByService('pinned.test', `https://localhost:${service.port}/`, endpoint);
  for (const [pin, error] of [
    [`${app}:1`, 'unknown_route'],
    [`${app}`, 'invalid_cf_app_instance_header'],
  ] as const) {
    const response = await answerTo(engine, get('pinned.test', '/', [`X-CF-App-Instance: ${pin}`]));
    assert.deepEqual([statusOf(response), ...valuesOf(response, 'X-Cf-RouterError')], [400, error]);
  }
  assert.deepEqual(service.requests, []);
  const served = await answerTo(engine, get('pinned.test', '/', [`X-CF-App-Instance: ${app}:0`]));
  assert.equal(served.body, 'the service itself');
  assert.deepEqual(valuesOf(service.requests[0]!, 'X-CF-App-Instance'), []);
  await engine.isEmpty();
});

test('§4.4 a request that comes back goes to the application, without the headers', async (t) => {
  const { engine, app, service } = await platform(t);
  const way = protocol.sign('https://app.test/other');
  const response = await answerTo(engine, get('app.test', '/changed', [...way, 'X-Forwarded-Proto: http']));
  assert.equal(response.body, 'the application');
  assert.deepEqual(service.requests, []);
  const [asked] = app.requests;
  assert.equal(asked!.start, 'GET /changed HTTP/1.1');
  for (const name of ['X-CF-Proxy-Signature', 'X-CF-Proxy-Metadata', 'X-CF-Forwarded-Url'])
    assert.deepEqual(valuesOf(asked!, name), [], name);
  // §3.5: the service says how the client came.
  assert.deepEqual(valuesOf(asked!, 'X-Forwarded-Proto'), ['http']);
  await engine.isEmpty();
});

for (const [host, path] of [
  ['app.test.', '/x'],
  ['app.test', '/caf\xc3\xa9?\xff'],
] as const) {
  test(`§4.4 a request for ${host}${JSON.stringify(path)} comes back as it went`, async (t) => {
    const { engine, app, service } = await platform(t);
    await answerTo(engine, get(host, path));
    const [asked] = service.requests;
    assert.deepEqual(valuesOf(asked!, 'X-CF-Forwarded-Url'), [`https://${host}${path}`]);
    const way = asked!.lines.filter((line) => /^X-CF-(?:Proxy-|Forwarded-)/.test(line));
    assert.equal((await answerTo(engine, get(host, path, way))).body, 'the application');
    assert.equal(app.requests[0]!.start, `GET ${path} HTTP/1.1`);
    await engine.isEmpty();
  });
}

test("§4.6 a service's answers are counted by status, and logged where they are not 2xx", async (t) => {
  const { engine, service } = await platform(t);
  const counted = () =>
    [200, 300, 404, 500, 0].map((status) => engine.proxy.context.counters.get(routeServiceCounter(status)));
  await answerTo(engine, get('app.test'));
  assert.deepEqual([counted(), engine.log], [[1, 0, 0, 0, 0], []]);
  service.answer = () => ok('no').replace('200 OK', '403 Forbidden');
  await answerTo(engine, get('app.test'));
  assert.deepEqual(counted(), [1, 0, 1, 0, 0]);
  assert.deepEqual(engine.log, [
    ['route-service-response', { 'route-service-endpoint': `localhost:${service.port}`, 'status-code': 403 }],
  ]);
  await answerTo(engine, get('free.test'));
  assert.deepEqual(counted(), [1, 0, 1, 0, 0], 'an application is no service');
});

test('§4.6 connections to a service are kept', async (t) => {
  const { engine, service } = await platform(t);
  for (let i = 0; i < 3; i++) assert.equal(statusOf(await answerTo(engine, get('app.test'))), 200);
  assert.equal(service.connections.length, 1);
  assert.equal(service.requests.length, 3);
  await engine.isEmpty();
});

test('§4.6 a service that nobody serves is tried as often as configured, and answered 502', async (t) => {
  const { engine, app } = await platform(t);
  const gone = await Backend.start(t, () => ok());
  const { port } = gone;
  await gone.stop();
  engine.routeByService('gone.test', `https://localhost:${port}/`, { host: '127.0.0.1', port: app.port });
  const response = await answerTo(engine, get('gone.test'));
  assert.equal(statusOf(response), 502);
  assert.match(valuesOf(response, 'X-Cf-RouterError')[0]!, /^endpoint_failure \(.*ECONNREFUSED/);
  assert.deepEqual(app.requests, []);
  assert.ok(engine.log.some(([message]) => message === 'route-service-connection-failed'));
  await engine.isEmpty();
});

describe('§4.6 a service with a certificate from a stranger', () => {
  const stranger = new Authority('/CN=Stranger');
  const settings = (verify: boolean) => ({ tls: { ...SETTINGS.tls, ca: [stranger.cert], verify } });

  test('is not asked', async (t) => {
    const { engine, app, service } = await platform(t, settings(true));
    assert.equal(statusOf(await answerTo(engine, get('app.test'))), 526);
    assert.deepEqual([...app.requests, ...service.requests], []);
  });

  test('is asked with skip_ssl_validation', async (t) => {
    const { engine } = await platform(t, settings(false));
    assert.equal((await answerTo(engine, get('app.test'))).body, 'the service itself');
  });
});

describe('§4.4 a forged or late way back is refused, and the application never asked:', () => {
  const cases: readonly [string, string[], number][] = [
    ['a signature of nobody', ['X-CF-Proxy-Signature: eHh4', 'X-CF-Proxy-Metadata: eHh4'], 502],
    ['no metadata', protocol.sign('https://app.test/').slice(0, 1), 502],
    ['another route', protocol.sign('https://free.test/'), 502],
    ['too late', protocol.sign('https://app.test/', new Date(Date.now() - 61_000)), 504],
  ];
  for (const [what, lines, status] of cases) {
    test(what, async (t) => {
      const { engine, app, service } = await platform(t);
      const response = await answerTo(engine, get('app.test', '/', lines));
      assert.equal(statusOf(response), status);
      assert.match(response.body, /Failed to validate Route Service Signature: /);
      assert.deepEqual([...app.requests, ...service.requests], []);
    });
  }
});

test('§3.3 without a secret a bound route is refused, never let past its service', async (t) => {
  const { engine, app } = await platform(t, { secret: '' });
  const response = await answerTo(engine, get('app.test'));
  assert.equal(statusOf(response), 502);
  assert.deepEqual(valuesOf(response, 'X-Cf-RouterError'), ['route_service_unsupported']);
  assert.deepEqual(app.requests, []);
});

test('U11 a WebSocket on a bound route is 503 where they are not allowed, and goes to the service where they are', async (t) => {
  const asking = [
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    `Sec-WebSocket-Key: ${KEY}`,
  ];
  const closed = await platform(t, { websockets: false });
  const refused = await answerTo(closed.engine, get('app.test', '/', asking));
  assert.equal(statusOf(refused), 503);
  assert.deepEqual(valuesOf(refused, 'X-Cf-RouterError'), ['route_service_unsupported']);
  assert.deepEqual([...closed.app.requests, ...closed.service.requests], []);
  const open = await platform(t);
  assert.equal((await answerTo(open.engine, get('app.test', '/', asking))).body, 'the service itself');
  assert.deepEqual(valuesOf(open.service.requests[0]!, 'Upgrade'), ['websocket']);
});

test('§4.5 in strict mode a bad signature is refused where no service is bound', async (t) => {
  const bad = ['X-CF-Proxy-Signature: bad'];
  const lax = await platform(t);
  assert.equal(statusOf(await answerTo(lax.engine, get('free.test', '/', bad))), 200);
  assert.deepEqual(valuesOf(lax.app.requests[0]!, 'X-CF-Proxy-Signature'), ['bad']);
  const strict = await platform(t, { strict: true });
  const response = await answerTo(strict.engine, get('free.test', '/', bad));
  assert.equal(statusOf(response), 400);
  assert.deepEqual(valuesOf(response, 'X-Cf-RouterError'), ['invalid_route_service_signature']);
});

test('§4.7 a service that is an application here is reached without leaving the router', async (t) => {
  const { engine, app } = await platform(t, { hairpinning: ['guard.test'] });
  const guard = await Backend.start(t, () => ok('the guard'));
  engine.route('guard.test', guard.port);
  const endpoint = { host: '127.0.0.1', port: app.port };
  engine.routeByService('inner.test', 'https://guard.test/look', endpoint);
  assert.equal((await answerTo(engine, get('inner.test', '/x'))).body, 'the guard');
  const [asked] = guard.requests;
  assert.equal(asked!.start, 'GET /look HTTP/1.1');
  assert.deepEqual(valuesOf(asked!, 'Host'), ['guard.test']);
  assert.deepEqual(valuesOf(asked!, 'X-CF-Forwarded-Url'), ['https://inner.test/x']);
  await engine.isEmpty();
});

test('§4 bodies go to the service, chunked and counted, and its answer is passed on whole', async (t) => {
  const { engine, service } = await platform(t);
  const post = (framing: string, body: string) =>
    `POST /in HTTP/1.1\r\nHost: app.test\r\n${framing}\r\n\r\n${body}`;
  await answerTo(engine, post('Content-Length: 5', 'hello'));
  await answerTo(engine, post('Transfer-Encoding: chunked', '5\r\nhello\r\n0\r\n\r\n'));
  assert.deepEqual(
    service.requests.map(({ body }) => body),
    ['hello', 'hello'],
  );
  assert.equal(service.requests[0]!.start, 'POST /check?by=router HTTP/1.1');
  await engine.isEmpty();
});

test('a service that no exchange is sent to any more can be forgotten', async (t) => {
  const { engine, service } = await platform(t);
  assert.equal(statusOf(await answerTo(engine, get('app.test'))), 200);
  const { services } = engine.proxy.destinations;
  const detourTo = (host: string, port: number): Detour => ({
    kind: 'detour',
    service: { tls: true, host, port, authority: host, target: '/' },
    forwardedUrl: '',
    headers: { signature: '', metadata: '' },
    hairpins: false,
  });
  const asked = services.enter(detourTo('localhost', service.port));
  services.leave(asked);
  for (let name = 0; name < MOST_SERVICES; name++) services.leave(services.enter(detourTo(`s${name}`, 443)));
  assert.equal(asked.endpoints[0]!.backend.isRetired, true);
  await engine.until(() => engine.upstreams === 0);
  await engine.isEmpty();
});
