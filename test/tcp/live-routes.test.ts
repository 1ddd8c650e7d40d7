import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { connect as connectTls, createServer as createTlsServer } from 'node:tls';
import { type TestContext, test } from 'vitest';
import { onPanic } from '../../src/boundary/boundary.ts';
import { Authority } from '../support/certificates.ts';
import { helloOf } from '../support/client-hello.ts';
import { freePort } from '../support/free-port.ts';
import { TcpClient, TcpServer } from '../support/tcp-echo.ts';
import { TcpEngine, tcpRoute } from '../support/tcp-engine.ts';
import { announce, startTcp } from '../support/tcp-routed.ts';

/** Says its name to everybody. */
function named(t: TestContext, name: string): Promise<TcpServer> {
  return TcpServer.start(t, (socket) => {
    socket.write(name);
    socket.resume().on('end', () => socket.end());
  });
}

/** A backend with room for one, which somebody has, and somebody else who waits. */
async function crowded(t: TestContext) {
  const server = await named(t, 'first');
  const engine = await TcpEngine.start(t, { maxConnectionsPerBackend: 1 });
  const backend = engine.backend(server.port);
  engine.put(tcpRoute('', [backend]));
  const served = new TcpClient(t, engine.port);
  await served.until('first');
  const waiting = new TcpClient(t, engine.port);
  await engine.until(() => engine.proxy.relays.size === 2);
  return { engine, server, backend, served, waiting };
}

/** A connection whose backend is being dialled when `change` runs. */
async function whileDialling(engine: TcpEngine, t: TestContext, change: () => void): Promise<TcpClient> {
  engine.onServed = () => {
    engine.onServed = () => {};
    change();
  };
  const client = new TcpClient(t, engine.port);
  client.socket.write('hello');
  return client;
}

test('a connection that waits goes to the backend that there is, not to one that has left', async (t) => {
  const [gone, present] = [await named(t, 'gone'), await named(t, 'present')];
  const limits = { max_connections_per_backend: 1, queue_timeout: '60s' };
  const fixture = await startTcp(t, limits, { proxy_threads: 1 });
  announce(fixture, gone.port);
  let first: TcpClient;
  do {
    first = new TcpClient(t, fixture.port);
    await Promise.race([first.closed, once(first.socket, 'data').catch(() => {})]);
  } while (first.received === '');
  const waiting = new TcpClient(t, fixture.port);
  waiting.socket.write('hello');
  announce(fixture, present.port);
  fixture.router.publish('router.unregister', {
    protocol: 'tcp',
    external_port: fixture.port,
    host: '127.0.0.1',
    port: gone.port,
  });
  await waiting.until('present');
  assert.equal(waiting.received, 'present');
  assert.equal(gone.accepted, 1);
});

test('a connection that waits is served as soon as its route has another backend', async (t) => {
  const { engine, backend, waiting } = await crowded(t);
  const other = await named(t, 'other');
  engine.put(tcpRoute('', [backend, engine.backend(other.port)]));
  await waiting.until('other');
});

test('a connection that waits ends with its port, its route, or the last backend of that', async (t) => {
  for (const [outcome, end] of [
    ['no-route', (engine: TcpEngine) => engine.close()],
    ['no-route', (engine: TcpEngine) => engine.drop('')],
    ['no-backend', (engine: TcpEngine) => engine.put(tcpRoute('', []))],
    ['route-changed', (engine: TcpEngine) => engine.put(tcpRoute('', [], { terminates: true }))],
  ] as const) {
    const { engine, served, waiting } = await crowded(t);
    end(engine);
    await waiting.closed;
    assert.equal(waiting.error, 'ECONNRESET');
    assert.deepEqual(
      engine.ended.map((record) => [record.outcome, record.attempts]),
      [[outcome, 0]],
    );
    // What is open stays.
    assert.equal(served.socket.closed, false);
  }
});

test('who waits for one server name does not keep those of another waiting', async (t) => {
  const [one, other] = [await named(t, 'one'), await named(t, 'other')];
  const engine = await TcpEngine.start(t, { maxConnectionsPerBackend: 1 });
  engine.put(
    tcpRoute('one.test', [engine.backend(one.port)]),
    tcpRoute('other.test', [engine.backend(other.port)]),
  );
  const client = async (name: string) => {
    const each = new TcpClient(t, engine.port);
    const before = engine.proxy.relays.size;
    each.socket.write(await helloOf(name));
    await engine.until(() => engine.proxy.relays.size > before);
    return each;
  };
  const served = [await client('one.test'), await client('other.test')];
  await Promise.all([served[0]!.until('one'), served[1]!.until('other')]);
  const waiting = [await client('one.test'), await client('other.test')];
  served[1]!.socket.destroy();
  await waiting[1]!.until('other');
  assert.equal(waiting[0]!.received, '');
});

test('a backend that leaves while it is dialled gets nothing, no PROXY header either, and another is chosen', async (t) => {
  const heard: unknown[] = [];
  const left = await TcpServer.start(t, (socket) => void socket.on('data', (bytes) => heard.push(bytes)));
  const other = await TcpServer.start(t);
  const engine = await TcpEngine.start(t, { sendProxy: 'v1', maxAttempts: 1 });
  const backend = engine.backend(left.port);
  engine.put(tcpRoute('', [backend]));
  const client = await whileDialling(engine, t, () => {
    engine.put(tcpRoute('', [engine.backend(other.port)]));
  });
  await client.until('hello');
  assert.match(client.received, /^PROXY TCP4 /);
  client.socket.destroy();
  await engine.until(() => engine.ended.length === 1);
  for (const socket of left.sockets) await once(socket, 'close');
  assert.deepEqual(heard, []);
  assert.deepEqual([engine.cells.inFlight(backend.seat), engine.cells.isFailed(backend.seat, 0)], [0, false]);
  assert.equal(engine.ended[0]!.attempts, 2);
});

test('a backend that leaves in its TLS handshake gets nothing', async (t) => {
  const authority = new Authority();
  const identity = authority.issue({ names: 'DNS:backend.test' });
  let heard = '';
  const over = Promise.withResolvers<void>();
  const tls = createTlsServer(identity, (socket) => {
    socket.on('error', () => {});
    socket.on('close', () => over.resolve());
    socket.on('data', (bytes) => {
      heard += bytes;
    });
  });
  tls.on('tlsClientError', () => over.resolve());
  // A connection is held before its handshake, until the backend has left.
  const held = Promise.withResolvers<Socket>();
  const left = await TcpServer.start(t, (socket) => held.resolve(socket.pause()));
  const other = await named(t, 'other');
  const engine = await TcpEngine.start(t, {
    backendTls: { ca: [authority.cert], certChain: '', privateKey: '', ciphers: '', verify: true },
  });
  const spoken = { tls: { name: 'backend.test', sni: '', clientCertificate: false } };
  engine.put(tcpRoute('', [engine.backend(left.port, spoken)]));
  const client = new TcpClient(t, engine.port);
  client.socket.write('hello');
  const socket = await held.promise;
  engine.put(tcpRoute('', [engine.backend(other.port)]));
  tls.emit('connection', socket);
  await client.until('other');
  await over.promise;
  assert.equal(heard, '');
});

test('a route that goes while a backend is dialled takes the connection along', async (t) => {
  const server = await TcpServer.start(t);
  for (const [outcome, change] of [
    ['no-route', (engine: TcpEngine) => engine.close()],
    ['no-backend', (engine: TcpEngine) => engine.put(tcpRoute('', []))],
    ['route-changed', (engine: TcpEngine) => engine.put(tcpRoute('', [], { terminates: true }))],
  ] as const) {
    const engine = await TcpEngine.start(t, {});
    engine.put(tcpRoute('', [engine.backend(server.port)]));
    const client = await whileDialling(engine, t, () => change(engine));
    await client.closed;
    assert.equal(client.error, 'ECONNRESET');
    assert.equal(engine.ended[0]!.outcome, outcome);
  }
});

test('who could not reach a backend is not sent to it again after a change of the route', async (t) => {
  const dead = await freePort();
  const server = await named(t, 'alive');
  const engine = await TcpEngine.start(t, { maxAttempts: 2 });
  const backend = engine.backend(dead);
  engine.put(tcpRoute('', [backend]));
  const client = await whileDialling(engine, t, () => {
    engine.put(tcpRoute('', [{ ...backend }, engine.backend(server.port)]));
  });
  await client.until('alive');
});

test('a late failure marks the seat it was an attempt at, and no seat of another', async (t) => {
  const engine = await TcpEngine.start(t, { maxAttempts: 1 });
  const server = await named(t, 'new');
  const [old, present] = [engine.backend(await freePort()), engine.backend(server.port)];
  engine.put(tcpRoute('', [old]));
  const client = await whileDialling(engine, t, () => engine.put(tcpRoute('', [present])));
  await client.closed;
  const { nowSecond } = engine.proxy;
  assert.deepEqual(
    [old, present].map(({ seat }) => [engine.cells.isFailed(seat, nowSecond), engine.cells.inFlight(seat)]),
    [
      [true, 0],
      [false, 0],
    ],
  );
});

test('a connection of a TLS client ends when its route knows nothing of the protocol agreed on', async (t) => {
  const authority = new Authority();
  const identity = authority.issue({ names: 'DNS:a.test' });
  const server = await named(t, 'first');
  const engine = await TcpEngine.start(t, {
    maxConnectionsPerBackend: 1,
    frontTls: [{ certChain: identity.cert, privateKey: identity.key }],
  });
  const backends = [engine.backend(server.port)];
  engine.put(tcpRoute('', backends, { terminates: true, alpns: ['h2', 'http/1.1'] }));
  const client = () => {
    const socket = connectTls({
      port: engine.port,
      host: '127.0.0.1',
      ca: authority.cert,
      servername: 'a.test',
      ALPNProtocols: ['h2'],
    });
    socket.on('error', () => {});
    t.onTestFinished(() => void socket.destroy());
    return socket;
  };
  await once(client(), 'data');
  const waiting = client();
  const closed = new Promise((resolve) => waiting.on('close', resolve));
  await once(waiting, 'secureConnect');
  engine.put(tcpRoute('', backends, { terminates: true, alpns: ['http/1.1'] }));
  await closed;
  await engine.until(() => engine.ended.length === 1);
  assert.equal(engine.ended[0]!.outcome, 'route-changed');
});

test('TLS clients whose route has no backend are reset as soon as their handshake ends', async (t) => {
  const authority = new Authority();
  const { cert, key } = authority.issue({ names: 'DNS:a.test' });
  const engine = await TcpEngine.start(t, { frontTls: [{ certChain: cert, privateKey: key }] });
  engine.put(tcpRoute('', [], { terminates: true }));
  for (let each = 0; each < 50; each++) {
    const client = connectTls({ port: engine.port, host: '127.0.0.1', rejectUnauthorized: false });
    client.on('error', () => {});
    await new Promise((resolve) => client.on('close', resolve));
  }
  await engine.until(() => engine.ended.length === 50);
  assert.deepEqual(new Set(engine.ended.map(({ outcome }) => outcome)), new Set(['no-backend']));
});

test('a drain serves those that wait', async (t) => {
  const { engine, served, waiting } = await crowded(t);
  engine.proxy.closeListeners();
  served.socket.destroy();
  await waiting.until('first');
});

test('a throw in one connection ends that connection and no other', async (t) => {
  const panics: string[] = [];
  onPanic(({ kind, error }) => panics.push(`${kind}: ${(error as Error).message}`));
  const { engine, backend, served, waiting } = await crowded(t);
  const other = new TcpClient(t, engine.port);
  await engine.until(() => engine.proxy.relays.size === 3);
  const [, , third] = [...engine.proxy.relays];
  Object.defineProperty(third, 'tried', {
    get() {
      throw new Error('a fault');
    },
  });
  engine.put(tcpRoute('', [backend, engine.backend(await freePort())]));
  served.socket.destroy();
  await Promise.all([waiting.until('first'), other.closed]);
  assert.deepEqual(panics, ['connection: a fault']);
  assert.deepEqual(engine.ended.map(({ outcome }) => outcome).toSorted(), ['closed', 'router-fault']);
});

test('a limit is kept by connections that have outlived the route of their backend', async (t) => {
  const { engine, backend, served, waiting } = await crowded(t);
  engine.put(tcpRoute('', []));
  await waiting.closed;
  engine.put(tcpRoute('', [backend]));
  const late = new TcpClient(t, engine.port);
  await engine.until(() => engine.proxy.relays.size === 2);
  assert.equal(late.received, '');
  served.socket.destroy();
  await late.until('first');
});
