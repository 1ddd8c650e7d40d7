import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { describe, test } from 'vitest';
import { MOST_CONNECTIONS } from '../../src/admin/connections.ts';
import { AdminDoor, SECRETS } from '../support/admin-door.ts';
import { Authority } from '../support/certificates.ts';
import { freePort } from '../support/free-port.ts';
import { RawClient, statusOf } from '../support/raw-http.ts';

const READER = `Authorization: Bearer ${SECRETS.reader}`;
const GET = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n${READER}\r\n\r\n`;

describe('while others misbehave, who behaves is answered:', () => {
  test('heads and bodies that never end, which are cut off in the end', async (t) => {
    const door = await AdminDoor.open(t, { timeout: 2000 });
    const heads = await Promise.all(Array.from({ length: 20 }, () => RawClient.connect(door.port)));
    for (const client of heads) client.send('GET /v1/thing HTTP/1.1\r\nHost: localhost\r\nX: ');
    const bodies = await Promise.all(Array.from({ length: 20 }, () => RawClient.connect(door.port)));
    for (const client of bodies) {
      client.send('POST /v1/session HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{');
    }
    const dripping = setInterval(() => {
      for (const client of heads) client.send('x');
      for (const client of bodies) client.send(' ');
    }, 200);
    t.onTestFinished(() => clearInterval(dripping));
    t.onTestFinished(() => void [...heads, ...bodies].map((client) => client.close()));
    const begun = performance.now();
    assert.equal((await door.fetch('/v1/thing', 'reader')).status, 200);
    assert.ok(performance.now() - begun < 5000);
    await Promise.all([...heads, ...bodies].map(({ closed }) => closed));
    assert.match(heads[0]!.received, /^HTTP\/1\.1 408 /);
    assert.equal((await door.fetch('/v1/thing', 'reader')).status, 200);
  });

  test('answers that nobody reads, of which no more is made than has been taken', async (t) => {
    const door = await AdminDoor.open(t, { timeout: 1000 });
    const memory = process.memoryUsage.rss();
    const clients = await Promise.all(Array.from({ length: 30 }, () => door.connect()));
    t.onTestFinished(() => void clients.map((socket) => socket.destroy()));
    for (const socket of clients) {
      socket.pause();
      // 6 GiB each.
      socket.write(GET('/v1/long?pieces=100000'));
    }
    for (let count = 0; count < 10; count++) {
      assert.equal((await door.fetch('/v1/thing', 'reader')).status, 200);
    }
    const grown = process.memoryUsage.rss() - memory;
    assert.ok(grown < 400 << 20, `${grown} bytes`);
    const open = door.accepted.filter((socket) => !socket.destroyed);
    await Promise.all(open.map((socket) => once(socket, 'close')));
    assert.equal((await door.fetch('/v1/thing', 'reader')).status, 200);
  });

  test('what is the same for all and one does not read: who stops reading is dropped, and who reads gets it', async (t) => {
    const door = await AdminDoor.open(t, { timeout: 1000 });
    const clients = await Promise.all(Array.from({ length: 5 }, () => door.connect()));
    t.onTestFinished(() => void clients.map((socket) => socket.destroy()));
    for (const socket of clients) {
      socket.pause();
      socket.write(GET('/v1/entity'));
    }
    const whole = await (await door.fetch('/v1/entity', 'reader')).arrayBuffer();
    assert.equal(whole.byteLength, 64 << 20);
    const open = door.accepted.filter((socket) => !socket.destroyed);
    await Promise.all(open.map((socket) => once(socket, 'close')));
  });

  test('a thousand connections with garbage, or with nothing', async (t) => {
    const door = await AdminDoor.open(t);
    const dropped = Promise.withResolvers<void>();
    let left = 1000;
    const sockets = Array.from({ length: left }, (_, at) => {
      const socket = connect(door.port, '127.0.0.1').resume();
      socket.on('close', () => {
        if (--left <= MOST_CONNECTIONS) dropped.resolve();
      });
      socket.on('error', () => {});
      if (at % 2 === 0)
        socket.write(Buffer.from(Array.from({ length: 300 }, (_, byte) => (byte * 7 + at) % 256)));
      return socket;
    });
    t.onTestFinished(() => void sockets.map((socket) => socket.destroy()));
    const client = await RawClient.connect(door.port);
    t.onTestFinished(() => client.close());
    assert.equal(statusOf(await client.send(GET('/v1/thing')).response()), 200);
    await dropped.promise;
  });
});

test('strangers do not turn out who is being answered, who makes room only for nobody', async (t) => {
  const door = await AdminDoor.open(t);
  const reading = await door.connect();
  t.onTestFinished(() => void reading.destroy());
  reading.write(GET('/v1/long?pieces=1000'));
  await once(reading, 'data');
  reading.pause();
  const strangers = await Promise.all(
    Array.from({ length: 2 * MOST_CONNECTIONS }, () => RawClient.connect(door.port)),
  );
  t.onTestFinished(() => void strangers.map((client) => client.close()));
  await Promise.all(strangers.slice(0, MOST_CONNECTIONS).map(({ closed }) => closed));
  let received = 0;
  reading.on('data', (piece: Buffer) => {
    received += piece.length;
  });
  reading.resume();
  while (received < 60_000_000) await once(reading, 'data');
  assert.equal((await door.fetch('/v1/thing', 'reader')).status, 200);
});

for (const secure of [false, true]) {
  const over = secure ? 'TLS' : 'TCP';
  test(`connections over ${over} from one port to many addresses of this machine count one by one`, async (t) => {
    const tls = secure ? new Authority().issue({ names: 'DNS:localhost' }) : null;
    const door = await AdminDoor.open(t, { host: '0.0.0.0', tls });
    const localPort = await freePort();
    const sockets: Socket[] = [];
    t.onTestFinished(() => void sockets.map((socket) => socket.destroy()));
    for (let at = 1; at <= MOST_CONNECTIONS + 10; at++) {
      const to = { port: door.port, host: `127.0.0.${at}`, localAddress: '127.0.0.1', localPort };
      const socket = secure ? connectTls({ ...to, rejectUnauthorized: false }) : connect(to);
      socket.on('error', () => {});
      sockets.push(socket.resume());
      await once(socket, secure ? 'secureConnect' : 'connect');
    }
    const last = new RawClient(sockets.at(-1)!);
    for (let again = 0; again < 3; again++) {
      assert.equal(statusOf(await last.send(GET('/v1/thing')).response()), 200);
    }
    assert.equal(door.accepted.length, sockets.length);
    assert.equal(door.accepted.filter(({ destroyed }) => !destroyed).length, MOST_CONNECTIONS);
  });
}

test('a connection that asks again before it was answered is dropped', async (t) => {
  const door = await AdminDoor.open(t);
  const client = await RawClient.connect(door.port);
  t.onTestFinished(() => client.close());
  client.send(GET('/v1/long?pieces=1000') + GET('/v1/long?pieces=1000').repeat(100));
  await client.closed;
  const polite = await RawClient.connect(door.port);
  t.onTestFinished(() => polite.close());
  for (let count = 0; count < 100; count++) {
    assert.equal(statusOf(await polite.send(GET('/v1/long?pieces=3')).response()), 200);
  }
});

test('a client that breaks off in the middle of an answer, or of its body, is no fault of ours', async (t) => {
  const door = await AdminDoor.open(t);
  for (const request of [
    GET('/v1/long?pieces=100000'),
    `POST /v1/session HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 9\r\n\r\n{`,
  ]) {
    const socket = await door.connect();
    socket.write(request);
    await once(socket, 'data');
    socket.resetAndDestroy();
    await once(socket, 'close');
    assert.equal((await door.fetch('/v1/thing', 'reader')).status, 200);
  }
  assert.deepEqual(door.log.lines, []);
});

test('TLS handshakes that never end keep nobody out', async (t) => {
  const authority = new Authority();
  const { cert, key } = authority.issue({ names: 'DNS:localhost' });
  const door = await AdminDoor.open(t, { tls: { cert, key } });
  const silent = Array.from({ length: 2 * MOST_CONNECTIONS }, () => {
    const socket = connect(door.port, '127.0.0.1');
    socket.on('error', () => {});
    socket.write(Buffer.from([22, 3, 1, 2, 0, 1]));
    return socket;
  });
  t.onTestFinished(() => void silent.map((socket) => socket.destroy()));
  await Promise.all(silent.slice(0, MOST_CONNECTIONS).map((socket) => once(socket.resume(), 'close')));
  for (let count = 0; count < 3; count++) {
    const socket = connectTls({
      port: door.port,
      host: '127.0.0.1',
      servername: 'localhost',
      ca: authority.cert,
    });
    t.onTestFinished(() => void socket.destroy());
    await once(socket, 'secureConnect');
    const client = new RawClient(socket);
    for (let again = 0; again < 3; again++) {
      assert.equal(statusOf(await client.send(GET('/v1/thing')).response()), 200);
    }
  }
});
