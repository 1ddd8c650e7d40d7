import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect as connectTcp, createServer } from 'node:net';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { test } from 'vitest';
import { temporaryDirectory } from '../support/cellgate-process.ts';
import { freePort } from '../support/free-port.ts';
import { noRedis, startRedis, talkWithRedis } from '../support/redis.ts';
import { TestRouter } from '../support/router.ts';
import { skipFor } from '../support/skip-for.ts';
import { TcpClient, TcpServer, untilRefused, untilServed } from '../support/tcp-echo.ts';
import { announce, startTcp, type TcpFixture } from '../support/tcp-routed.ts';

interface Ending {
  onTestFinished(done: () => unknown): void;
}

async function routed(t: Ending, tcp: object = {}): Promise<TcpFixture & { readonly server: TcpServer }> {
  const server = await TcpServer.start(t);
  const fixture = await startTcp(t, tcp);
  announce(fixture, server.port);
  return { ...fixture, server };
}

test('§7.5 bytes pass both ways on the port a registration names, and its end closes the port', async (t) => {
  const fixture = await routed(t);
  await untilServed(t, fixture.port);
  const client = new TcpClient(t, fixture.port);
  await client.ask('hello');
  fixture.router.publish('router.unregister', {
    host: '127.0.0.1',
    port: fixture.server.port,
    protocol: 'tcp',
    external_port: fixture.port,
  });
  await untilRefused(t, fixture.port);
  await client.ask(' still there');
});

test('a client that has ended still gets the whole answer', async (t) => {
  const server = await TcpServer.start(t, (socket) => {
    let heard = '';
    socket.on('data', (bytes) => {
      heard += bytes;
    });
    socket.on('end', () => socket.end(`heard ${heard}`));
  });
  const port = await freePort();
  await TestRouter.start(t, {
    cellgate: {
      tcp: {
        listen_host: '127.0.0.1',
        reservable_ports: String(port),
        routes: [{ port, backends: [`127.0.0.1:${server.port}`] }],
      },
    },
  });
  for (;;) {
    const client = new TcpClient(t, port);
    client.socket.end('all of it');
    await client.closed;
    if (client.error === 'ECONNREFUSED') continue;
    assert.equal(client.error, '');
    assert.equal(client.received, 'heard all of it');
    return;
  }
});

test('a reset on either side is a reset on the other', async (t) => {
  const { port, server } = await routed(t);
  await untilServed(t, port);
  const client = new TcpClient(t, port);
  await client.ask('one');
  const [socket] = [...server.sockets].slice(-1);
  socket!.resetAndDestroy();
  await client.closed;
  assert.equal(client.error, 'ECONNRESET');

  const other = new TcpClient(t, port);
  await other.ask('two');
  const [second] = [...server.sockets].slice(-1);
  const hadError = new Promise((resolve) => second!.on('close', resolve));
  other.socket.resetAndDestroy();
  assert.equal(await hadError, true);
});

test('megabytes pass unharmed to a reader that takes its time', async (t) => {
  const { port } = await routed(t);
  await untilServed(t, port);
  const sent = randomBytes(8 << 20);
  const socket = connectTcp({ port, host: '127.0.0.1', allowHalfOpen: true });
  t.onTestFinished(() => void socket.destroy());
  socket.end(sent);
  const heard: Buffer[] = [];
  let length = 0;
  for await (const chunk of socket as AsyncIterable<Buffer>) {
    heard.push(chunk);
    length += chunk.length;
    if (length % 7 === 0) await new Promise((resolve) => setTimeout(resolve, 2));
  }
  assert.ok(Buffer.concat(heard).equals(sent));
});

test('a dead backend is passed over for another, and nothing is lost', async (t) => {
  const fixture = await routed(t);
  announce(fixture, await freePort());
  await untilServed(t, fixture.port);
  for (let i = 0; i < 6; i++) {
    const client = new TcpClient(t, fixture.port);
    await client.ask('hello');
  }
});

test('C23 with no backend that answers a connection is reset', async (t) => {
  const fixture = await startTcp(t);
  announce(fixture, await freePort());
  for (;;) {
    const client = new TcpClient(t, fixture.port);
    await client.closed;
    if (client.error === 'ECONNREFUSED') continue;
    assert.equal(client.error, 'ECONNRESET');
    return;
  }
});

test('C23 a port in use is opened as soon as it is free, and other ports are none the worse', async (t) => {
  const blocked = await freePort();
  const blocker = createServer().listen(blocked, '127.0.0.1');
  await once(blocker, 'listening');
  const fixture = await startTcp(t);
  const server = await TcpServer.start(t);
  const both = await freePort();
  const router = await TestRouter.start(t, {
    cellgate: {
      tcp: {
        listen_host: '127.0.0.1',
        reservable_ports: `${blocked},${both}`,
        routes: [blocked, both].map((port) => ({ port, backends: [`127.0.0.1:${server.port}`] })),
      },
    },
  });
  assert.ok(router);
  announce(fixture, server.port);
  await untilServed(t, both);
  blocker.close();
  await untilServed(t, blocked);
});

test("C23 ports outside the reservable ones stay shut, the router's own too", async (t) => {
  const fixture = await startTcp(t);
  const server = await TcpServer.start(t);
  const elsewhere = await freePort();
  announce(fixture, server.port, { external_port: elsewhere });
  announce(fixture, server.port);
  await untilServed(t, fixture.port);
  const client = new TcpClient(t, elsewhere);
  await client.closed;
  assert.equal(client.error, 'ECONNREFUSED');
});

test('§7.4 the server name in a ClientHello chooses the route, and who speaks no TLS gets the default', async (t) => {
  const heard: string[] = [];
  const named = (name: string) =>
    TcpServer.start(t, (socket) => {
      socket.once('data', () => {
        heard.push(name);
        socket.end();
      });
    });
  const [exact, wild] = [await named('exact'), await named('wild')];
  const echo = await TcpServer.start(t);
  const fixture = await startTcp(t);
  announce(fixture, exact.port, { sni_hostname: 'a.example.com' });
  announce(fixture, wild.port, { sni_hostname: '*.example.com' });
  announce(fixture, echo.port);
  await untilServed(t, fixture.port);
  for (const servername of ['a.example.com', 'b.example.com']) {
    const client = connectTls({ port: fixture.port, host: '127.0.0.1', servername });
    client.on('error', () => {});
    await once(client, 'close').catch(() => {});
  }
  assert.deepEqual(heard, ['exact', 'wild']);
});

test('a name nobody has, with no default route, is reset', async (t) => {
  const fixture = await routed(t);
  fixture.router.publish('router.unregister', {
    host: '127.0.0.1',
    port: fixture.server.port,
    protocol: 'tcp',
    external_port: fixture.port,
  });
  announce(fixture, fixture.server.port, { sni_hostname: 'a.example.com' });
  for (;;) {
    const client = connectTls({ port: fixture.port, host: '127.0.0.1', servername: 'b.example.com' });
    const error = await new Promise<NodeJS.ErrnoException>((resolve) => client.on('error', resolve));
    if (error.code === 'ECONNREFUSED') continue;
    assert.equal(error.code, 'ECONNRESET');
    return;
  }
});

test('C12-E02 a trusted proxy says whom it speaks for, and the backend is told', async (t) => {
  const port = await freePort();
  const { router } = await startTcp(t, {
    reservable_ports: String(port),
    accept_proxy_protocol: String(port),
    trusted_proxies: ['127.0.0.0/8'],
    send_proxy_protocol: 'v1',
  });
  const server = await TcpServer.start(t);
  announce({ router, port }, server.port);
  for (;;) {
    const client = new TcpClient(t, port);
    client.socket.write('PROXY TCP4 192.0.2.7 198.51.100.1 1234 443\r\n');
    try {
      await client.ask('hello', 'hello');
    } catch {
      continue;
    }
    assert.equal(client.received, `PROXY TCP4 192.0.2.7 127.0.0.1 1234 ${port}\r\nhello`);
    break;
  }
  const bare = new TcpClient(t, port);
  bare.socket.write('hello');
  await bare.closed;
  assert.equal(bare.error, 'ECONNRESET');
  assert.equal(bare.received, '');
});

test('a port, and before it a route, may tell its backends of clients otherwise than the rest', async (t) => {
  const [first, second, third] = [await freePort(), await freePort(), await freePort()];
  const server = await TcpServer.start(t);
  const backends = [`127.0.0.1:${server.port}`];
  await startTcp(t, {
    reservable_ports: `${first},${second},${third}`,
    send_proxy_protocol: 'v1',
    send_proxy_protocol_on: [{ ports: `${second},${third}`, version: 'none' }],
    routes: [
      { port: first, backends },
      { port: second, backends },
      { port: third, backends, send_proxy_protocol: 'v2' },
    ],
  });
  const heard: string[] = [];
  for (const port of [first, second, third]) {
    for (;;) {
      const client = new TcpClient(t, port);
      try {
        await client.ask('hello');
      } catch {
        continue;
      }
      heard.push(client.received.slice(0, 5));
      break;
    }
  }
  assert.deepEqual(heard, ['PROXY', 'hello', '\r\n\r\n\0']);
});

test('C12-E03 a PROXY header from anybody else cuts the connection off', async (t) => {
  const port = await freePort();
  const { router } = await startTcp(t, {
    reservable_ports: String(port),
    accept_proxy_protocol: String(port),
    trusted_proxies: ['192.0.2.0/24'],
  });
  const server = await TcpServer.start(t);
  announce({ router, port }, server.port);
  for (;;) {
    const client = new TcpClient(t, port);
    client.socket.write('PROXY TCP4 192.0.2.7 198.51.100.1 1234 443\r\nhello');
    await client.closed;
    if (client.error === 'ECONNREFUSED') continue;
    assert.equal(client.error, 'ECONNRESET');
    break;
  }
  assert.equal(server.accepted, 0);
});

test('connections beyond the limit of a backend wait their turn, and no longer than the queue', async (t) => {
  const fixture = await routed(t, { max_connections_per_backend: 1, queue_length: 1 });
  await untilServed(t, fixture.port);
  const first = new TcpClient(t, fixture.port);
  await first.ask('first');
  // Two threads, a place in each queue: one of three finds none.
  const others = Array.from({ length: 3 }, () => new TcpClient(t, fixture.port));
  for (const each of others) each.socket.write('next');
  const turnedAway = await Promise.race(others.map((each) => each.closed.then(() => each)));
  assert.equal(turnedAway.error, 'ECONNRESET');
  first.socket.destroy();
  const served = await Promise.any(
    others.filter((each) => each !== turnedAway).map((each) => each.until('next').then(() => each)),
  );
  assert.equal(served.received, 'next');
});

test('a connection that waits and goes away leaves its place in the queue, and what it said goes nowhere', async (t) => {
  const log = join(temporaryDirectory(t), 'tcp.log');
  const limits = { max_connections_per_backend: 1, queue_length: 1, queue_timeout: '60s', log_file: log };
  const fixture = await startTcp(t, limits, { proxy_threads: 1 });
  const server = await TcpServer.start(t);
  announce(fixture, server.port);
  await untilServed(t, fixture.port);
  while (server.sockets.size > 0) await once([...server.sockets][0]!, 'close');
  const first = new TcpClient(t, fixture.port);
  await first.ask('first');
  // Of two, one finds the queue full: then the other is in it.
  const waiting = async (word: string) => {
    const [one, other] = [new TcpClient(t, fixture.port), new TcpClient(t, fixture.port)];
    for (const { socket } of [one, other]) socket.write(word);
    const away = await Promise.race([one.closed.then(() => one), other.closed.then(() => other)]);
    assert.equal(away.error, 'ECONNRESET');
    return away === one ? other : one;
  };
  const leaving = await waiting('forget me');
  leaving.socket.resetAndDestroy();
  while (!readFileSync(log, 'utf8').includes('"client-reset"')) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const staying = await waiting('then me');
  staying.socket.end(', to the end');
  first.socket.destroy();
  await staying.closed;
  assert.equal(staying.received, 'then me, to the end');
  assert.equal(server.accepted, 3);
});

test('a connection on which nothing moves ends with a reset', async (t) => {
  const { port } = await routed(t, { idle_timeout: '1s' });
  await untilServed(t, port);
  const client = new TcpClient(t, port);
  await client.ask('hello');
  await client.closed;
  assert.equal(client.error, 'ECONNRESET');
});

test('each connection leaves a line that tells how it went', async (t) => {
  const log = join(temporaryDirectory(t), 'tcp.log');
  const { port, server } = await routed(t, { log_file: log });
  await untilServed(t, port);
  const client = new TcpClient(t, port);
  await client.ask('hello');
  client.socket.end();
  await client.closed;
  for (;;) {
    const lines = readFileSync(log, 'utf8')
      .split('\n')
      .filter((line) => line.includes('"fromClient":5'));
    if (lines.length === 0) {
      await new Promise((resolve) => setTimeout(resolve, 50));
      continue;
    }
    const record = JSON.parse(lines[0]!);
    assert.equal(record.backend, `127.0.0.1:${server.port}`);
    assert.deepEqual([record.port, record.fromClient, record.fromBackend], [port, 5, 5]);
    return;
  }
});

test('a real redis-server is served, pipelines included', skipFor(noRedis), async (t) => {
  const redisPort = await freePort();
  await startRedis(t, '--port', String(redisPort));
  const fixture = await startTcp(t);
  announce(fixture, redisPort);
  await talkWithRedis(t, fixture.port);
});

test('routes come and go a hundred times a second and no open connection notices', async (t) => {
  const fixture = await routed(t);
  await untilServed(t, fixture.port);
  const clients = Array.from({ length: 100 }, () => new TcpClient(t, fixture.port));
  await Promise.all(clients.map((client) => client.ask('a')));
  const other = await TcpServer.start(t);
  for (let change = 0; change < 200; change++) {
    if (change % 2 === 0) announce(fixture, other.port);
    else {
      const gone = { host: '127.0.0.1', port: other.port, protocol: 'tcp', external_port: fixture.port };
      fixture.router.publish('router.unregister', gone);
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  await Promise.all(clients.map((client) => client.ask('b')));
  assert.deepEqual(new Set(clients.map(({ error, received }) => error + received)), new Set(['ab']));
});
