import assert from 'node:assert/strict';
import type { TLSSocket } from 'node:tls';
import { describe, type TestContext, test } from 'vitest';
import type { RouteServiceSettings } from '../../src/http/settings.ts';
import { Backend, ok } from '../support/backend.ts';
import { Authority } from '../support/certificates.ts';
import { HttpEngine } from '../support/http-engine.ts';
import { ask, get, type RawMessage, statusOf, valuesOf } from '../support/raw-http.ts';
import { base64url, forwardingService, RouteServiceProtocol } from '../support/route-service.ts';
import { routeServicesOf } from '../support/route-service-settings.ts';
import { TestRouter } from '../support/router.ts';
import { startWebSocketServer } from '../support/websocket-server.ts';

const authority = new Authority();
const identity = authority.issue({ names: 'DNS:localhost' });
const SECRET = 'what router and services share';
const protocol = new RouteServiceProtocol(SECRET);
const FAILED = 'Failed to validate Route Service Signature';

const SETTINGS = routeServicesOf(SECRET, [authority.cert], { maxAttempts: 3 });

/** app.test is bound to a service that sends everything on; free.test and app.test/deep are not. */
async function platform(t: TestContext, settings: Partial<RouteServiceSettings> = {}, port?: number) {
  const engine = await HttpEngine.start(t, { routeServices: { ...SETTINGS, ...settings } });
  const app = await Backend.start(t, (request) => ok(`the application: ${request.body}`));
  const router = () => ({ port: engine.port, tls: false, ca: '' });
  const service = await forwardingService(t, identity, router);
  const endpoint = { host: '127.0.0.1', port: port ?? app.port };
  const url = `https://localhost:${service.port}/guard?by=router`;
  engine.routeByService('app.test', url, endpoint, { ...endpoint, host: 'localhost' });
  engine.routeToEndpoint('free.test', endpoint);
  engine.routeWith({ contextPath: '/deep' }, 'app.test/deep', endpoint);
  return { engine, app, service };
}

function signatureOf(message: RawMessage): { signature: string; metadata: string } {
  const [signature] = valuesOf(message, 'X-CF-Proxy-Signature');
  const [metadata] = valuesOf(message, 'X-CF-Proxy-Metadata');
  return { signature: signature!, metadata: metadata! };
}

describe('§4.1 a request that goes round by a service which knows the protocol alone', () => {
  test('reaches the application as the client sent it, and the answer the client', async (t) => {
    const { engine, app, service } = await platform(t);
    const body = 'x=1&y=2';
    const request = `POST /a%2Fb//c?q=%20 HTTP/1.1\r\nHost: app.test:8080\r\nX-Own: kept\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
    const response = await ask(engine.port, request);
    assert.equal(response.body, `the application: ${body}`);
    assert.deepEqual([service.requests.length, app.requests.length], [1, 1]);
    const [reached] = app.requests;
    assert.equal(reached!.start, 'POST /a%2Fb//c?q=%20 HTTP/1.1');
    assert.deepEqual(valuesOf(reached!, 'X-Own'), ['kept']);
    assert.deepEqual(valuesOf(reached!, 'X-Forwarded-For'), ['127.0.0.1, 127.0.0.1']);
    for (const name of ['X-CF-Proxy-Signature', 'X-CF-Proxy-Metadata', 'X-CF-Forwarded-Url']) {
      assert.deepEqual(valuesOf(reached!, name), [], name);
      assert.equal(valuesOf(service.requests[0]!, name).length, 1, name);
    }
    await engine.isEmpty();
  });

  test('has its signature and metadata spelled as published', async (t) => {
    const before = Date.now();
    const { engine, service } = await platform(t);
    await ask(engine.port, get('App.test:8080', '/x?y'));
    const { signature, metadata } = signatureOf(service.requests[0]!);
    for (const text of [signature, metadata]) {
      assert.match(text, /^[A-Za-z0-9_-]+={0,2}$/);
      assert.equal(text.length % 4, 0, 'padded');
    }
    const { nonce, ...rest } = JSON.parse(Buffer.from(metadata, 'base64url').toString());
    assert.deepEqual(rest, {});
    assert.equal(Buffer.from(nonce, 'base64').toString('base64'), nonce);
    assert.equal(Buffer.from(nonce, 'base64').length, 12);
    const { forwarded_url, requested_time, ...more } = protocol.open(signature, metadata);
    assert.deepEqual([forwarded_url, more], ['https://App.test/x?y', {}]);
    assert.match(requested_time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z$/);
    const at = Date.parse(requested_time);
    // The two clocks are one, but not read in the same moment.
    assert.ok(at >= before - 1000 && at <= Date.now() + 1000, requested_time);
  });

  test('§4.2 is to come back by http where https is not recommended', async (t) => {
    const { engine, service } = await platform(t, { recommendHttps: false });
    assert.equal(statusOf(await ask(engine.port, get('app.test', '/x'))), 200);
    assert.deepEqual(valuesOf(service.requests[0]!, 'X-CF-Forwarded-Url'), ['http://app.test/x']);
  });

  test('§4.4 starts its session on the way to the application, not on the way to the service', async (t) => {
    const { engine, app } = await platform(t);
    app.answer = () => ok('', 'Set-Cookie: JSESSIONID=1\r\n');
    const response = await ask(engine.port, get('app.test'));
    const names = valuesOf(response, 'Set-Cookie').map((cookie) => cookie.split('=')[0]);
    assert.deepEqual(names, ['JSESSIONID', '__VCAP_ID__', '__VCAP_ID_META__']);
  });

  test('§4.6 goes over connections that are kept, and over a new one where the service has ended it', async (t) => {
    const { engine, service } = await platform(t);
    const client = await engine.connect();
    for (let i = 0; i < 3; i++) assert.equal(statusOf(await client.send(get('app.test')).response()), 200);
    assert.equal(service.connections.length, 1);
    service.connections[0]!.socket.end();
    await service.until(() => service.openConnections === 0);
    for (let i = 0; i < 2; i++) assert.equal(statusOf(await client.send(get('app.test')).response()), 200);
    assert.deepEqual([service.connections.length, service.requests.length], [2, 5]);
    client.close();
    await engine.isEmpty();
  });

  test('§3.11 may be a WebSocket: its bytes pass through all of it, both ways', async (t) => {
    const { engine, service } = await platform(t, {}, await startWebSocketServer(t));
    const client = await engine.connect();
    client.send(
      get('app.test', '/chat', [
        'Connection: Upgrade',
        'Upgrade: websocket',
        'Sec-WebSocket-Version: 13',
        'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
      ]),
    );
    const response = await client.response();
    assert.equal(statusOf(response), 101);
    assert.deepEqual(valuesOf(response, 'Sec-WebSocket-Accept'), ['s3pPLMBiTxaQ9kYGzzhZRbK+xOo=']);
    await client.until('\x81\x05hello');
    // Masked with nothing: what is said comes back.
    client.send('\x81\x84\0\0\0\0echo');
    await client.until('\x81\x04echo');
    assert.equal(service.requests.length, 1);
    client.close();
    await engine.isEmpty();
  });
});

test('§4.3 after a change of the secret services still bring back what was signed with the one before', async (t) => {
  const renewed = new RouteServiceProtocol('the new one');
  const { engine, app, service } = await platform(t, { secret: 'the new one', previousSecret: SECRET });
  for (const [by, status] of [
    [protocol, 200],
    [renewed, 200],
    [new RouteServiceProtocol('nobody’s'), 502],
  ] as const) {
    assert.equal(
      statusOf(await ask(engine.port, get('app.test', '/', by.sign('https://app.test/')))),
      status,
    );
  }
  assert.equal(app.requests.length, 2);
  await ask(engine.port, get('app.test'));
  const { signature, metadata } = signatureOf(service.requests[0]!);
  assert.throws(() => protocol.open(signature, metadata), 'it signs with the new one alone');
  assert.equal(renewed.open(signature, metadata).forwarded_url, 'https://app.test/');
});

describe('§4.4 what comes back is refused, with the reason:', () => {
  const url = 'https://app.test/';
  const nonce = (text: string) => `X-CF-Proxy-Metadata: ${base64url(Buffer.from(text))}`;
  const [signature, metadata] = protocol.sign(url) as [string, string, string];
  const late = (seconds: number) => protocol.sign(url, new Date(Date.now() - seconds * 1000));
  const cases: readonly [what: string, lines: readonly string[], status: number, reason: string][] = [
    ['no metadata', [signature], 502, 'No metadata found'],
    ['metadata that is no base64', [signature, 'X-CF-Proxy-Metadata: *'], 502, 'illegal base64 data'],
    ['metadata that is no JSON', [signature, nonce('nonce')], 502, 'invalid JSON'],
    ['metadata without a nonce', [signature, nonce('{}')], 502, 'invalid JSON'],
    ['a nonce that is too short', protocol.seal('{}', url, 11), 502, 'incorrect nonce length'],
    ['another nonce', [signature, protocol.sign(url)[1]!], 502, 'cipher: message authentication failed'],
    ['a signature that is no base64', ['X-CF-Proxy-Signature: *', metadata], 502, 'illegal base64 data'],
    ['a signature that is too short', ['X-CF-Proxy-Signature: eHh4', metadata], 502, 'cipher: message'],
    ['a signature of another secret', new RouteServiceProtocol('x').sign(url), 502, 'cipher: message'],
    ['a signature around no JSON', protocol.seal('x', url), 502, 'invalid JSON'],
    [
      'a signature without a time',
      protocol.seal(JSON.stringify({ forwarded_url: url }), url),
      502,
      'invalid JSON',
    ],
    [
      'another route',
      protocol.sign('https://free.test/x'),
      502,
      'route service forwarded URL app.test/ does not match the original request URL free.test/x',
    ],
    [
      'another route of the same host',
      protocol.sign('https://app.test/deep/x'),
      502,
      'route service forwarded URL app.test/ does not match the original request URL app.test/deep/x',
    ],
    [
      'a route that is no more',
      protocol.sign('https://gone.test/x'),
      502,
      'original request URL gone.test/x does not exist in the routing table',
    ],
    ['a second too late', late(61), 504, 'route service request expired'],
  ];
  for (const [what, lines, status, reason] of cases) {
    test(what, async (t) => {
      const { engine, app, service } = await platform(t);
      const response = await ask(engine.port, get('app.test', '/', lines));
      assert.equal(statusOf(response), status);
      assert.ok(response.body.includes(`${FAILED}: ${reason}`), response.body);
      assert.deepEqual(valuesOf(response, 'X-Cf-RouterError'), []);
      assert.deepEqual([...app.requests, ...service.requests], []);
      await engine.isEmpty();
    });
  }

  test('and not a second too early, nor with another path of the same route', async (t) => {
    const { engine, app } = await platform(t);
    assert.equal(statusOf(await ask(engine.port, get('app.test', '/', late(50)))), 200);
    assert.equal(statusOf(await ask(engine.port, get('app.test', '/other', protocol.sign(url)))), 200);
    assert.equal(app.requests.length, 2);
  });
});

describe('§4.5 where no service is bound, a signature', () => {
  const late = protocol.sign('https://free.test/', new Date(Date.now() - 61_000));
  const cases: readonly [what: string, lines: readonly string[], status: number, error: string][] = [
    ['that is good', protocol.sign('https://free.test/'), 200, ''],
    ['that is late', late, 504, 'expired_route_service_signature'],
    ['that is bad', ['X-CF-Proxy-Signature: bad'], 400, 'invalid_route_service_signature'],
  ];
  for (const [what, lines, status, error] of cases) {
    for (const strict of [true, false]) {
      test(`${what} is ${strict ? status : 'passed on'} ${strict ? 'in strict mode' : 'otherwise'}`, async (t) => {
        const { engine, app } = await platform(t, { strict });
        const response = await ask(engine.port, get('free.test', '/', lines));
        assert.equal(statusOf(response), strict ? status : 200);
        const errors = strict && error !== '' ? [error] : [];
        assert.deepEqual(valuesOf(response, 'X-Cf-RouterError'), errors);
        const passed = errors.length === 0;
        const sent = passed ? [lines[0]!.slice(lines[0]!.indexOf(' ') + 1)] : [];
        assert.deepEqual(
          app.requests.flatMap((each) => valuesOf(each, 'X-CF-Proxy-Signature')),
          sent,
        );
      });
    }
  }
});

test('§4.6 a service that wants a certificate is shown the router’s own for services', async (t) => {
  const own = authority.issue({ subject: '/CN=router' });
  const shownTo = new Set<string>();
  const asking = { ...identity, requestCert: true, ca: authority.cert };
  const service = await Backend.startTls(t, asking, (_, { socket }) => {
    shownTo.add((socket as TLSSocket).getPeerX509Certificate()?.subject ?? 'nothing');
    return ok('', 'X-From: service\r\n');
  });
  const tls = { ...SETTINGS.tls, certChain: own.cert, privateKey: own.key };
  const { engine } = await platform(t, { tls });
  engine.routeByService('other.test', `https://localhost:${service.port}/`, { host: '127.0.0.1', port: 1 });
  assert.deepEqual(valuesOf(await ask(engine.port, get('other.test')), 'X-From'), ['service']);
  assert.deepEqual([...shownTo], ['CN=router']);
});

test('§4.6 whatever the service answers itself is the answer', async (t) => {
  const { engine, app, service } = await platform(t);
  for (const status of [204, 302, 401, 404, 500, 503]) {
    service.answer = () =>
      `HTTP/1.1 ${status} Word\r\nContent-Length: 0\r\nX-From: service\r\n\r\n`.replace(
        status === 204 ? 'Content-Length: 0\r\n' : '',
        '',
      );
    const response = await ask(engine.port, get('app.test'));
    assert.deepEqual([statusOf(response), valuesOf(response, 'X-From')], [status, ['service']]);
  }
  assert.deepEqual(app.requests, []);
});

describe('§4.7 a service with a route here is reached within the router', () => {
  const cases: readonly [list: readonly string[] | null, host: string, within: boolean][] = [
    [[], 'guard.test', true],
    [null, 'guard.test', false],
    [['guard.test'], 'guard.test', true],
    [['guard.test'], 'a.guard.test', false],
    [['*.guard.test'], 'a.guard.test', true],
    [['*.guard.test'], 'a.b.guard.test', false],
    [['*.guard.test'], 'guard.test', false],
    [['other.test', '*.other.test'], 'guard.test', false],
    [['guard.test'], 'unknown.test', false],
  ];
  for (const [list, host, within] of cases) {
    const listed = list === null ? 'never without hairpinning' : `list [${list}]`;
    test(`${listed}, ${host}: ${within ? 'yes' : 'over the network'}`, async (t) => {
      const { engine } = await platform(t, { hairpinning: list, maxAttempts: 1 });
      const guard = await Backend.start(t, () => ok('the guard'));
      for (const each of ['guard.test', 'a.guard.test', 'a.b.guard.test']) engine.route(each, guard.port);
      engine.routeByService('inner.test', `https://${host}:1/look`, { host: '127.0.0.1', port: 1 });
      const response = await ask(engine.port, get('inner.test', '/x'));
      assert.equal(statusOf(response), within ? 200 : 502);
      assert.equal(guard.requests.length, within ? 1 : 0);
      await engine.isEmpty();
    });
  }
});

test('§4.8 a route has the service of its last registration', async (t) => {
  const router = await TestRouter.start(t, { route_services_secret: SECRET, ca_certs: [authority.cert] });
  const app = await Backend.start(t, () => ok('the application'));
  const services = await Promise.all(
    ['one', 'other'].map((name) => Backend.startTls(t, identity, () => ok(name))),
  );
  const urls = services.map(({ port }) => ({ route_service_url: `https://localhost:${port}` }));
  for (const [more, body] of [
    [urls[0], 'one'],
    [urls[1], 'other'],
    [{}, 'the application'],
  ] as const) {
    router.register('app.test', app.port, more);
    for (let inARow = 0; inARow < 4; ) {
      inARow = (await ask(router.port, get('app.test'))).body === body ? inARow + 1 : 0;
    }
  }
});
