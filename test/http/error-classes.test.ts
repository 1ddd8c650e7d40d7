import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import type { TlsOptions } from 'node:tls';
import { describe, type TestContext, test } from 'vitest';
import type { HttpSettings } from '../../src/http/settings.ts';
import {
  BACKEND_INVALID_ID,
  BACKEND_INVALID_TLS_CERT,
  BACKEND_TLS_HANDSHAKE_FAILED,
  BAD_GATEWAYS,
} from '../../src/telemetry/counters.ts';
import { type Answer, Backend, ok } from '../support/backend.ts';
import { Authority } from '../support/certificates.ts';
import { HttpEngine } from '../support/http-engine.ts';
import { get, type RawMessage, statusOf, valuesOf } from '../support/raw-http.ts';

const HOST = 'app.test';
const SAN = 'instance-guid';
const authority = new Authority();
const instance = authority.issue({ names: `DNS:${SAN}` });
const POST = `POST / HTTP/1.1\r\nHost: ${HOST}\r\nContent-Length: 4\r\n\r\nbody`;
const BAD_GATEWAY = '502 Bad Gateway: Registered endpoint failed to handle the request.\n';

interface Row {
  /** docs/compatibility.md §2.6 */
  readonly what: string;
  /** Its port. */
  start(t: TestContext): Promise<number>;
  readonly tls: boolean;
  readonly start1: string;
  readonly body: string;
  readonly error: RegExp;
  /** In Proxy-Status (RFC 9209 §2.3). */
  readonly proxyError: string;
  /** Whether another endpoint is asked: a GET, and a POST with a body. */
  readonly retried: readonly [get: boolean, post: boolean];
  readonly marked: boolean;
  readonly pruned: boolean;
  readonly counter: number;
  /** What this row alone wants: times as short as nobody else could keep to on a busy machine. */
  readonly settings?: Partial<HttpSettings>;
}

async function startRaw(t: TestContext, serve: (socket: Socket) => void): Promise<number> {
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket.on('error', () => {}));
    serve(socket);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.onTestFinished(() => {
    server.close();
    for (const socket of open) socket.destroy();
  });
  return (server.address() as AddressInfo).port;
}

async function deadPort(t: TestContext): Promise<number> {
  const backend = await Backend.start(t);
  const { port } = backend;
  await backend.stop();
  return port;
}

const startTls = (options: TlsOptions) => async (t: TestContext) => (await Backend.startTls(t, options)).port;
const startPlain = (answer: Answer) => async (t: TestContext) => (await Backend.start(t, answer)).port;
/** A ServerHello (RFC 4346 §7.4.1.3) of a server that does not look at what versions a client speaks (RFC 8446 §4.2.1). */
const HELLO_OF_TLS_1_1 = Buffer.from([
  ...[22, 3, 2, 0, 42, 2, 0, 0, 38, 3, 2],
  ...Buffer.alloc(32, 7),
  ...[0, 0xc0, 0x13, 0],
]);
/** Answers a ClientHello with an alert (RFC 8446 §6). */
const alerting = (alert: number) => (t: TestContext) =>
  startRaw(t, (socket) => socket.once('data', () => socket.end(Buffer.of(21, 3, 3, 0, 2, 2, alert))));

const UNREACHED = { tls: true, retried: [true, true], marked: true, pruned: true } as const;
const REACHED = { tls: false, retried: [false, false], marked: false, pruned: false } as const;
const NOT_TO_BLAME = { marked: false, pruned: false } as const;
const PLAIN_502 = { start1: '502 Bad Gateway', body: BAD_GATEWAY, counter: BAD_GATEWAYS } as const;
const HANDSHAKE = {
  ...UNREACHED,
  start1: '525 SSL Handshake Failed',
  body: '525 SSL Handshake Failed\n',
  counter: BACKEND_TLS_HANDSHAKE_FAILED,
} as const;
const UNTRUSTED = {
  ...UNREACHED,
  start1: '526 Invalid SSL Certificate',
  body: '526 Invalid SSL Certificate\n',
  counter: BACKEND_INVALID_TLS_CERT,
} as const;
const REFUSES_OURS = {
  ...UNREACHED,
  start1: '496 SSL Certificate Required',
  body: '496 SSL Certificate Required\n',
  counter: BACKEND_TLS_HANDSHAKE_FAILED,
} as const;

const ROWS: readonly Row[] = [
  {
    what: 'Dial, with TLS',
    start: deadPort,
    ...UNREACHED,
    ...PLAIN_502,
    error: /ECONNREFUSED/,
    proxyError: 'connection_refused',
  },
  {
    what: 'Dial, without TLS: marked and not pruned',
    start: deadPort,
    ...UNREACHED,
    ...PLAIN_502,
    tls: false,
    pruned: false,
    error: /ECONNREFUSED/,
    proxyError: 'connection_refused',
  },
  {
    what: 'AttemptedTLSWithNonTLSBackend',
    start: (t) => startRaw(t, (socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')),
    ...HANDSHAKE,
    error: /WRONG_VERSION_NUMBER/,
    proxyError: 'tls_protocol_error',
  },
  {
    what: 'HostnameMismatch',
    start: startTls(authority.issue({ names: 'DNS:another' })),
    ...UNREACHED,
    start1: '503 Service Unavailable',
    body: '503 Service Unavailable\n',
    counter: BACKEND_INVALID_ID,
    error: /ERR_TLS_CERT_ALTNAME_INVALID/,
    proxyError: 'tls_certificate_error',
  },
  {
    what: 'UntrustedCert',
    start: startTls(new Authority('/CN=Stranger').issue({ names: `DNS:${SAN}` })),
    ...UNTRUSTED,
    error: /UNABLE_TO_VERIFY_LEAF_SIGNATURE/,
    proxyError: 'tls_certificate_error',
  },
  {
    what: 'Expired certificate',
    start: startTls(authority.issue({ names: `DNS:${SAN}`, days: [-9, -1] })),
    ...UNTRUSTED,
    error: /CERT_HAS_EXPIRED/,
    proxyError: 'tls_certificate_error',
  },
  {
    what: 'Certificate that is not valid yet',
    start: startTls(authority.issue({ names: `DNS:${SAN}`, days: [1, 9] })),
    ...UNTRUSTED,
    error: /CERT_NOT_YET_VALID/,
    proxyError: 'tls_certificate_error',
  },
  {
    what: 'RemoteFailedCertCheck: bad certificate',
    start: alerting(42),
    ...REFUSES_OURS,
    error: /BAD_CERTIFICATE/,
    proxyError: 'tls_alert_received',
  },
  {
    what: 'RemoteFailedCertCheck: unknown CA',
    start: alerting(48),
    ...REFUSES_OURS,
    error: /UNKNOWN_CA/,
    proxyError: 'tls_alert_received',
  },
  {
    what: 'RemoteFailedCertCheck: certificate required',
    start: startTls({ ...instance, requestCert: true, ca: authority.cert, minVersion: 'TLSv1.3' }),
    ...REFUSES_OURS,
    error: /CERTIFICATE_REQUIRED/,
    proxyError: 'tls_alert_received',
  },
  {
    what: 'RemoteHandshakeFailure',
    start: alerting(40),
    ...HANDSHAKE,
    error: /HANDSHAKE_FAILURE/,
    proxyError: 'tls_alert_received',
  },
  {
    what: 'ConnectionResetOnRead in the TLS handshake',
    start: (t) => startRaw(t, (socket) => socket.once('data', () => socket.resetAndDestroy())),
    ...UNREACHED,
    ...PLAIN_502,
    pruned: false,
    error: /tls: ECONNRESET/,
    proxyError: 'connection_terminated',
  },
  // gorouter knows three alerts about a certificate, and one of a failed handshake; here the others count among them.
  {
    what: 'RemoteFailedCertCheck: expired',
    start: alerting(45),
    ...REFUSES_OURS,
    error: /CERTIFICATE_EXPIRED/,
    proxyError: 'tls_alert_received',
  },
  {
    what: 'RemoteHandshakeFailure: internal error',
    start: alerting(80),
    ...HANDSHAKE,
    error: /INTERNAL_ERROR/,
    proxyError: 'tls_alert_received',
  },
  {
    what: 'IncompleteRequest: no version in common, says the backend',
    start: alerting(70),
    ...UNREACHED,
    ...PLAIN_502,
    ...NOT_TO_BLAME,
    error: /PROTOCOL_VERSION/,
    proxyError: 'tls_protocol_error',
  },
  {
    what: 'IncompleteRequest: no version in common, is found here',
    start: (t) => startRaw(t, (socket) => socket.once('data', () => socket.write(HELLO_OF_TLS_1_1))),
    ...UNREACHED,
    ...PLAIN_502,
    ...NOT_TO_BLAME,
    error: /UNSUPPORTED_PROTOCOL/,
    proxyError: 'tls_protocol_error',
  },
  {
    what: 'RemoteHandshakeTimeout',
    start: (t) => startRaw(t, (socket) => socket.resume()),
    ...UNREACHED,
    ...PLAIN_502,
    error: /tls: timeout/,
    proxyError: 'connection_timeout',
    settings: { handshakeTimeout: 50 },
  },
  {
    what: 'ConnectionResetOnRead',
    start: startPlain((_, { socket }) => void socket.resetAndDestroy()),
    ...REACHED,
    ...PLAIN_502,
    marked: true,
    error: /ECONNRESET|reset/,
    proxyError: 'connection_terminated',
  },
  {
    what: 'IdempotentRequestEOF, and EOF on POST',
    start: startPlain((_, { socket }) => void socket.end()),
    ...REACHED,
    ...PLAIN_502,
    retried: [true, false],
    error: /EOF|closed/,
    proxyError: 'connection_terminated',
  },
  {
    what: 'anything else: no HTTP',
    start: startPlain(() => 'SSH-2.0-OpenSSH\r\n'),
    ...REACHED,
    ...PLAIN_502,
    error: /malformed response/,
    proxyError: 'http_protocol_error',
  },
  {
    what: 'anything else: too large a head',
    start: startPlain(() => ok('', `X: ${'x'.repeat(5000)}\r\n`)),
    ...REACHED,
    ...PLAIN_502,
    error: /server response headers exceeded \d+ bytes; aborted/,
    proxyError: 'http_response_header_section_size',
  },
  {
    // gorouter does not mark it; here one that answers nobody any more is passed over.
    what: 'anything else: no response in time',
    start: startPlain(() => undefined),
    ...REACHED,
    ...PLAIN_502,
    marked: true,
    error: /context deadline exceeded/,
    proxyError: 'http_response_timeout',
    settings: { endpointTimeout: 200 },
  },
];

async function engineFor(t: TestContext, settings: Partial<HttpSettings> = {}): Promise<HttpEngine> {
  return HttpEngine.start(t, {
    backendTls: { ca: [authority.cert], certChain: '', privateKey: '', ciphers: '', verify: true },
    proxyStatus: true,
    responseHead: { bytes: 4096, fields: 100, target: 0 },
    ...settings,
  });
}

const at = (port: number, tls: boolean) => ({ host: '127.0.0.1', port, tls, serverCertDomainSan: SAN });

const attemptsAt = (engine: HttpEngine) =>
  engine.log.filter(([message]) => message === 'backend-endpoint-failed').length;

async function ask(engine: HttpEngine, request: string): Promise<RawMessage> {
  const client = await engine.connect();
  const response = await client.send(request).response();
  client.close();
  return response;
}

for (const row of ROWS) {
  describe(`§2.6 ${row.what}`, () => {
    test(`is ${row.start1}, ${row.marked ? '' : 'not '}marked, ${row.pruned ? '' : 'not '}pruned, and counted once`, async (t) => {
      const engine = await engineFor(t, row.settings);
      engine.routeToEndpoint(HOST, at(await row.start(t), row.tls));
      const response = await ask(engine, POST);
      assert.equal(response.start, `HTTP/1.1 ${row.start1}`);
      assert.equal(response.body, row.body);
      assert.match(valuesOf(response, 'X-Cf-RouterError')[0]!, /^endpoint_failure \(/);
      assert.match(valuesOf(response, 'X-Cf-RouterError')[0]!, row.error);
      assert.deepEqual(valuesOf(response, 'Proxy-Status'), [`cellgate; error=${row.proxyError}`]);
      assert.equal(attemptsAt(engine), 1, 'there is nobody else to ask');
      assert.equal(engine.failed, row.marked ? 1 : 0);
      assert.equal(engine.pruned.length, row.pruned ? 1 : 0);
      const { counters } = engine.proxy.context;
      for (const counter of [
        BAD_GATEWAYS,
        BACKEND_INVALID_ID,
        BACKEND_INVALID_TLS_CERT,
        BACKEND_TLS_HANDSHAKE_FAILED,
      ]) {
        assert.equal(counters.get(counter), counter === row.counter ? 1 : 0);
      }
      await engine.isEmpty();
    });

    for (const [method, request, retried] of [
      ['GET', get(HOST), row.retried[0]],
      ['POST', POST, row.retried[1]],
    ] as const) {
      test(`a ${method} is ${retried ? '' : 'not '}sent to another endpoint`, async (t) => {
        const engine = await engineFor(t, row.settings);
        const good = await Backend.start(t, ({ body }) => ok(`got ${body}`));
        engine.routeToEndpoint(HOST, at(await row.start(t), row.tls), at(good.port, false));
        let response = await ask(engine, request);
        // Whose turn it is first is chance; one of two requests is for the bad one.
        if (attemptsAt(engine) === 0) response = await ask(engine, request);
        assert.equal(attemptsAt(engine), 1);
        assert.equal(statusOf(response), retried ? 200 : Number(row.start1.slice(0, 3)));
        if (retried) assert.equal(response.body, method === 'POST' ? 'got body' : 'got ');
        await engine.isEmpty();
      });
    }
  });
}

test('§2.6 IncompleteRequest: what never left is sent over another connection, whatever it is', async (t) => {
  const engine = await engineFor(t);
  const backend = await Backend.start(t, ({ body }) => ok(body));
  engine.routeToEndpoint(HOST, at(backend.port, false));
  assert.equal(statusOf(await ask(engine, get(HOST))), 200);
  const kept = backend.connections[0]!.socket;
  // The router cannot have seen the reset when it takes the connection up again in the same turn.
  const client = await engine.connect();
  kept.resetAndDestroy();
  client.send(POST);
  assert.equal((await client.response()).body, 'body');
  assert.deepEqual([backend.requests.length, engine.failed, engine.pruned.length], [2, 0, 0]);
  client.close();
  await engine.isEmpty();
});

test('§2.6 ContextCancelled: 499 in the log, nobody else asked, nobody marked', async (t) => {
  const engine = await engineFor(t);
  const backend = await Backend.start(t, () => undefined);
  const other = await Backend.start(t, () => undefined);
  engine.routeToEndpoint(HOST, at(backend.port, false), at(other.port, false));
  const client = await engine.connect();
  client.send(get(HOST));
  await Promise.race([backend, other].map((each) => each.until(() => each.requests.length > 0)));
  client.close();
  await engine.until(() => engine.accessLog.length > 0);
  assert.match(engine.accessLog.join(''), /" 499 /);
  assert.equal(backend.requests.length + other.requests.length, 1);
  assert.deepEqual([engine.failed, engine.pruned.length], [0, 0]);
  await engine.isEmpty();
});
