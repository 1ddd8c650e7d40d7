import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import type { TLSSocket, TlsOptions } from 'node:tls';
import { describe, type TestContext, test } from 'vitest';
import type { HttpSettings } from '../../src/http/settings.ts';
import type { Endpoint } from '../../src/routing/endpoint.ts';
import { Backend, ok } from '../support/backend.ts';
import { Authority } from '../support/certificates.ts';
import { HttpEngine } from '../support/http-engine.ts';
import { get, type RawMessage, statusOf, valuesOf } from '../support/raw-http.ts';

const SAN = '3f8c2a6e-aaaa-bbbb-cccc-111122223333';

const authority = new Authority();
const stranger = new Authority('/CN=Stranger');
const instance = authority.issue({ subject: '/CN=instance', names: `DNS:${SAN}` });

const BACKEND_TLS = { ca: [authority.cert], certChain: '', privateKey: '', ciphers: '', verify: true };

async function engineFor(t: TestContext, settings: Partial<HttpSettings> = {}): Promise<HttpEngine> {
  return HttpEngine.start(t, { backendTls: BACKEND_TLS, ...settings });
}

function routeTls(engine: HttpEngine, port: number, more: Partial<Endpoint> = {}): void {
  engine.routeToEndpoint('tls.test', {
    host: '127.0.0.1',
    port,
    tls: true,
    serverCertDomainSan: SAN,
    ...more,
  });
}

/** What a request is answered when its only backend is this one. */
async function answerOf(
  t: TestContext,
  options: TlsOptions,
  settings: Partial<HttpSettings> = {},
  endpoint: Partial<Endpoint> = {},
): Promise<RawMessage> {
  const backend = await Backend.startTls(t, options);
  const engine = await engineFor(t, settings);
  routeTls(engine, backend.port, endpoint);
  const client = await engine.connect();
  const response = await client.send(get('tls.test')).response();
  client.close();
  await engine.isEmpty();
  if (statusOf(response) !== 200) assert.deepEqual(backend.requests, []);
  return response;
}

function assertFailed(response: RawMessage, start: string, cause: RegExp): void {
  assert.equal(response.start, `HTTP/1.1 ${start}`, JSON.stringify(response));
  assert.match(valuesOf(response, 'X-Cf-RouterError')[0]!, cause);
}

test('§2.10 a backend with the registered name in its certificate is asked over TLS, by that name', async (t) => {
  const backend = await Backend.startTls(t, { ...instance }, (_, { socket }) =>
    ok(String((socket as TLSSocket).servername)),
  );
  const engine = await engineFor(t);
  routeTls(engine, backend.port);
  const client = await engine.connect();
  const response = await client.send(get('tls.test')).response();
  assert.equal(response.body, SAN);
  assert.equal((await client.send(get('tls.test')).response()).body, SAN);
  assert.equal(backend.connections.length, 1, 'the connection is kept');
  client.close();
  await engine.isEmpty();
});

test('§2.10 without a registered name the address must be in the certificate', async (t) => {
  const byAddress = authority.issue({ names: 'IP:127.0.0.1' });
  assert.equal(statusOf(await answerOf(t, byAddress, {}, { serverCertDomainSan: '' })), 200);
  assertFailed(
    await answerOf(t, instance, {}, { serverCertDomainSan: '' }),
    '503 Service Unavailable',
    /tls: /,
  );
});

test('bodies of any size pass both ways over TLS', async (t) => {
  const body = 'x'.repeat(3_000_000);
  const backend = await Backend.startTls(t, instance, (request) => ok(request.body));
  const engine = await engineFor(t);
  routeTls(engine, backend.port);
  const client = await engine.connect();
  const head = `POST / HTTP/1.1\r\nHost: tls.test\r\nContent-Length: ${body.length}\r\n\r\n`;
  const response = await client.send(head + body).response();
  assert.ok(response.body === body);
  client.close();
  await engine.isEmpty();
});

test('§2.10 a TLS session goes on over the next connection', async (t) => {
  const reused: boolean[] = [];
  const backend = await Backend.startTls(t, instance, (_, { socket }) => {
    reused.push((socket as TLSSocket).isSessionReused());
    return ok('', 'Connection: close\r\n');
  });
  const engine = await engineFor(t);
  routeTls(engine, backend.port);
  for (let i = 0; i < 3; i++) {
    const client = await engine.connect();
    assert.equal(statusOf(await client.send(get('tls.test')).response()), 200);
    client.close();
  }
  assert.deepEqual(reused, [false, true, true]);
  await engine.isEmpty();
});

describe('§2.6 B20 a TLS backend that cannot be used', () => {
  test('has another name in its certificate: 503', async (t) => {
    assertFailed(
      await answerOf(t, authority.issue({ names: 'DNS:another' })),
      '503 Service Unavailable',
      /ERR_TLS_CERT_ALTNAME_INVALID/,
    );
  });

  test('has its name as common name only: 503', async (t) => {
    assertFailed(
      await answerOf(t, authority.issue({ subject: `/CN=${SAN}` })),
      '503 Service Unavailable',
      /ERR_TLS_CERT_ALTNAME_INVALID/,
    );
  });

  test('has a certificate of an unknown authority: 526', async (t) => {
    assertFailed(
      await answerOf(t, stranger.issue({ names: `DNS:${SAN}` })),
      '526 Invalid SSL Certificate',
      /UNABLE_TO_VERIFY_LEAF_SIGNATURE/,
    );
  });

  test('has an expired certificate: 526', async (t) => {
    assertFailed(
      await answerOf(t, authority.issue({ names: `DNS:${SAN}`, days: [-9, -1] })),
      '526 Invalid SSL Certificate',
      /CERT_HAS_EXPIRED/,
    );
  });

  test('has a certificate not valid yet: 526', async (t) => {
    assertFailed(
      await answerOf(t, authority.issue({ names: `DNS:${SAN}`, days: [1, 9] })),
      '526 Invalid SSL Certificate',
      /CERT_NOT_YET_VALID/,
    );
  });

  for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
    const asking = { ...instance, requestCert: true, minVersion: version, maxVersion: version };

    test(`wants a certificate and gets none, ${version}: 496`, async (t) => {
      const response = await answerOf(t, { ...asking, ca: authority.cert });
      // TLS 1.2 has no alert of its own for this.
      const start = version === 'TLSv1.2' ? '525 SSL Handshake Failed' : '496 SSL Certificate Required';
      assertFailed(response, start, /ALERT/);
    });

    test(`wants a certificate and gets one, ${version}: 200`, async (t) => {
      const own = authority.issue({ subject: '/CN=router' });
      const settings = { backendTls: { ...BACKEND_TLS, certChain: own.cert, privateKey: own.key } };
      assert.equal(statusOf(await answerOf(t, { ...asking, ca: authority.cert }, settings)), 200);
    });
  }

  test('shares no version or cipher: 525', async (t) => {
    assertFailed(
      await answerOf(t, { ...instance, maxVersion: 'TLSv1.2', ciphers: 'AES128-SHA' }),
      '525 SSL Handshake Failed',
      /ALERT_HANDSHAKE_FAILURE/,
    );
  });

  test('speaks no TLS: 525', async (t) => {
    const plain = createServer((socket) => {
      socket.on('error', () => {});
      socket.end('HTTP/1.1 400 Bad Request\r\n\r\n');
    }).listen(0, '127.0.0.1');
    await once(plain, 'listening');
    t.onTestFinished(() => void plain.close());
    const engine = await engineFor(t);
    routeTls(engine, (plain.address() as AddressInfo).port);
    const client = await engine.connect();
    assertFailed(
      await client.send(get('tls.test')).response(),
      '525 SSL Handshake Failed',
      /ERR_SSL_WRONG_VERSION_NUMBER/,
    );
    client.close();
  });

  test('never finishes its handshake: 502 in tls_handshake_timeout', async (t) => {
    const silent = createServer((socket) => socket.on('error', () => {}).resume()).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    t.onTestFinished(() => void silent.close());
    const engine = await engineFor(t, { handshakeTimeout: 50 });
    routeTls(engine, (silent.address() as AddressInfo).port);
    const client = await engine.connect();
    assertFailed(await client.send(get('tls.test')).response(), '502 Bad Gateway', /tls: timeout/);
    client.close();
    await engine.isEmpty();
  });

  test('is passed over for one that can, the request body included', async (t) => {
    const bad = await Backend.startTls(t, stranger.issue({ names: `DNS:${SAN}` }));
    const good = await Backend.startTls(t, instance, (request) => ok(request.body));
    const engine = await engineFor(t);
    engine.routeToEndpoint(
      'tls.test',
      ...[bad, good].map(({ port }) => ({
        host: '127.0.0.1',
        port,
        tls: true,
        serverCertDomainSan: SAN,
      })),
    );
    const client = await engine.connect();
    const post = 'POST / HTTP/1.1\r\nHost: tls.test\r\nContent-Length: 4\r\n\r\nbody';
    for (let i = 0; i < 4; i++) assert.equal((await client.send(post).response()).body, 'body');
    assert.equal(engine.failed, 1);
    assert.deepEqual(bad.requests, []);
    client.close();
  });
});
