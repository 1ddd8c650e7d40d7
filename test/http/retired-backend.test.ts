import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createSecureServer } from 'node:http2';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { createServer as createTlsServer, type Server } from 'node:tls';
import { describe, type TestContext, test } from 'vitest';
import { Backend as RoutedBackend } from '../../src/routing/backend.ts';
import type { Endpoint } from '../../src/routing/endpoint.ts';
import { Backend, ok } from '../support/backend.ts';
import { Authority } from '../support/certificates.ts';
import { HTTP_2, HttpEngine } from '../support/http-engine.ts';
import { get, type RawClient, statusOf, valuesOf } from '../support/raw-http.ts';

const SAN = 'f3a1c7d2-1111-2222-3333-444455556666';
const authority = new Authority();
const instance = authority.issue({ subject: '/CN=instance', names: `DNS:${SAN}` });
const BACKEND_TLS = { ca: [authority.cert], certChain: '', privateKey: '', ciphers: '', verify: true };

/** Accepts connections for a server behind it, and begins the handshake only when it is told to. */
async function lateServer(
  t: TestContext,
  server: Server,
): Promise<{ port: number; arrived: () => Promise<void>; go(): void }> {
  const waiting: Socket[] = [];
  const door = createServer({ pauseOnConnect: true }, (socket) => {
    socket.on('error', () => {});
    waiting.push(socket);
    door.emit('arrived');
  });
  door.listen(0, '127.0.0.1');
  await once(door, 'listening');
  server.on('tlsClientError', () => {});
  t.onTestFinished(() => {
    door.close();
    for (const socket of waiting) socket.destroy();
  });
  return {
    port: (door.address() as AddressInfo).port,
    arrived: async () => {
      if (waiting.length === 0) await once(door, 'arrived');
    },
    go: () => {
      for (const socket of waiting) server.emit('connection', socket);
    },
  };
}

/** The client is told, and the backend has not been sent its request. */
async function isNotAsked(engine: HttpEngine, client: RawClient, requests: () => number): Promise<void> {
  const response = await client.response();
  assert.equal(statusOf(response), 502);
  assert.deepEqual(valuesOf(response, 'X-Cf-RouterError'), ['endpoint_failure (backend gone)']);
  client.close();
  await engine.isEmpty();
  assert.deepEqual([requests(), engine.panics, engine.failed], [0, 0, 0]);
}

const KINDS: readonly [name: string, endpoint: Partial<Endpoint>, make: (asked: () => void) => Server][] = [
  [
    'HTTP/1.1',
    {},
    (asked) => createTlsServer({ ...instance }, (socket) => socket.on('error', () => {}).on('data', asked)),
  ],
  [
    'HTTP/2',
    { protocol: 'http2' },
    (asked) =>
      createSecureServer({ ...instance }).on('stream', (stream) => {
        stream.on('error', () => {});
        asked();
      }),
  ],
  [
    'HTTP/1.1 where HTTP/2 was registered',
    { protocol: 'http2' },
    (asked) =>
      createTlsServer({ ...instance, ALPNProtocols: ['http/1.1'] }, (socket) =>
        socket.on('error', () => {}).on('data', asked),
      ),
  ],
];

for (const [name, kind, make] of KINDS) {
  describe(`a backend of ${name} whose last route goes while the connection to it is made`, () => {
    async function start(t: TestContext) {
      let requests = 0;
      const late = await lateServer(
        t,
        make(() => requests++),
      );
      const engine = await HttpEngine.start(t, { backendTls: BACKEND_TLS, http2: HTTP_2 });
      const endpoint = { host: '127.0.0.1', tls: true, serverCertDomainSan: SAN, port: late.port, ...kind };
      return { engine, late, endpoint, requests: () => requests };
    }

    test('does not get the request any more', async (t) => {
      const { engine, late, endpoint, requests } = await start(t);
      engine.routeToEndpoint('app.test', endpoint);
      const client = await engine.connect();
      client.send(get('app.test'));
      await late.arrived();
      engine.unroute('app.test');
      late.go();
      await isNotAsked(engine, client, requests);
    });

    test('does not get it either when another route still leads there', async (t) => {
      const { engine, late, endpoint, requests } = await start(t);
      const shared = { ...endpoint, backend: new RoutedBackend(0), instanceId: 'i', instanceIndex: '0' };
      engine.routeToEndpoint('app.test', shared);
      engine.routeToEndpoint('other.test', shared);
      const client = await engine.connect();
      client.send(get('app.test'));
      await late.arrived();
      const { backend } = engine.proxy.routes.match('other.test', '/')!.endpoints[0]!;
      engine.unroute('app.test');
      assert.equal(backend.isRetired, false);
      late.go();
      await isNotAsked(engine, client, requests);
    });

    test('leaves it to another that has come meanwhile', async (t) => {
      const { engine, late, endpoint, requests } = await start(t);
      const other = await Backend.start(t, () => ok('the other'));
      engine.routeToEndpoint('app.test', endpoint);
      const client = await engine.connect();
      client.send(get('app.test'));
      await late.arrived();
      engine.replace('app.test', { host: '127.0.0.1', port: other.port });
      late.go();
      assert.equal((await client.response()).body, 'the other');
      client.close();
      await engine.isEmpty();
      assert.deepEqual([requests(), engine.panics], [0, 0]);
    });
  });
}

test('a connection over which a response comes when its backend has retired is not kept', async (t) => {
  const engine = await HttpEngine.start(t);
  const app = await Backend.start(t, () => undefined);
  engine.route('app.test', app.port);
  const client = await engine.connect();
  client.send(get('app.test'));
  await app.until(() => app.requests.length === 1);
  engine.unroute('app.test');
  app.connections[0]!.socket.write(ok('the last'));
  assert.equal((await client.response()).body, 'the last');
  await engine.until(() => engine.upstreams === 0);
  client.close();
  await engine.isEmpty();
});
