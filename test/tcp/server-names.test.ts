import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { type TestContext, test } from 'vitest';
import { MAX_HELLO_BYTES } from '../../src/tls/client-hello.ts';
import { helloOf, inRecords } from '../support/client-hello.ts';
import { TcpClient, TcpServer } from '../support/tcp-echo.ts';
import { announce, startTcp } from '../support/tcp-routed.ts';

const NAME = 'a.example.com';

interface Fixture {
  readonly port: number;
  /** Has the bytes of clients that asked for the name. */
  readonly named: TcpServer;
  /** And those of all others, if there is a default route. */
  readonly other: TcpServer;
}

/** A port with a route for one server name, and one for whoever asks for no known one. */
async function named(t: TestContext, withDefault: boolean, tcp: object = {}): Promise<Fixture> {
  const [named, other] = [await TcpServer.start(t), await TcpServer.start(t, greeting)];
  const fixture = await startTcp(t, tcp);
  announce(fixture, named.port, { sni_hostname: NAME });
  if (withDefault) announce(fixture, other.port);
  const hello = await helloOf(NAME);
  for (;;) {
    const client = new TcpClient(t, fixture.port);
    client.socket.write(hello);
    const word = await client.until('\x16').then(
      () => 'served',
      () => client.error,
    );
    client.socket.destroy();
    if (word === 'served') return { port: fixture.port, named, other };
  }
}

/** Speaks first, as MySQL does, and then sends back what it gets. */
function greeting(socket: Socket): void {
  socket.write('welcome ');
  socket.pipe(socket);
}

/** How the connection of a client ends that sends these pieces, one at a time. */
async function fate(t: TestContext, port: number, pieces: readonly (Buffer | string)[]): Promise<string> {
  const client = new TcpClient(t, port);
  for (const piece of pieces) {
    await new Promise((resolve) => client.socket.write(piece, resolve));
    await new Promise((resolve) => setImmediate(resolve));
  }
  await client.closed;
  return client.error;
}

test('a hello that comes byte by byte, or in many records, leads to its route, and arrives as it was sent', async (t) => {
  const { port } = await named(t, false);
  const hello = await helloOf(NAME);
  for (const sent of [hello, inRecords(hello, 7)]) {
    const client = new TcpClient(t, port);
    for (const byte of sent) {
      await new Promise((resolve) => client.socket.write(Buffer.from([byte]), resolve));
    }
    await client.until(sent.toString('latin1'));
  }
});

test('what comes with the hello comes to the backend with it', async (t) => {
  const { port } = await named(t, false);
  const hello = await helloOf(NAME);
  const client = new TcpClient(t, port);
  client.socket.end(Buffer.concat([hello, Buffer.from('early data')]));
  await client.closed;
  assert.equal(client.received, `${hello.toString('latin1')}early data`);
});

test('without a default route, whoever names no known server is reset', async (t) => {
  const { port, named: server } = await named(t, false);
  const before = server.accepted;
  assert.equal(await fate(t, port, [await helloOf('b.example.com')]), 'ECONNRESET');
  assert.equal(await fate(t, port, [await helloOf('')]), 'ECONNRESET');
  assert.equal(await fate(t, port, ['GET / HTTP/1.1\r\n\r\n']), 'ECONNRESET');
  assert.equal(server.accepted, before);
});

test('without a default route, whoever says nothing is reset in the end', async (t) => {
  const { port } = await named(t, false, { peek_timeout: '300ms' });
  assert.equal(await fate(t, port, []), 'ECONNRESET');
});

test('a hello that breaks the rules, or is too long, is reset even where there is a default route', async (t) => {
  const { port, other } = await named(t, true);
  const hello = await helloOf(NAME);
  const lying = Buffer.from(hello);
  // Its session id would be longer than it is.
  lying[5 + 4 + 34] = 255;
  assert.equal(await fate(t, port, [lying]), 'ECONNRESET');
  const endless = Buffer.from([22, 3, 1, 64, 0, 1, 0, 255, 255]);
  assert.equal(await fate(t, port, [endless]), 'ECONNRESET');
  const trickle = Buffer.alloc(6 * (2 * MAX_HELLO_BYTES), Buffer.from([22, 3, 1, 0, 1, 1]));
  assert.equal(await fate(t, port, [trickle]), 'ECONNRESET');
  assert.equal(other.accepted, 0);
});

test('the default route has those who name no known server, speak no TLS, or wait for the server to speak', async (t) => {
  const { port } = await named(t, true, { peek_timeout: '300ms' });
  for (const sent of [await helloOf('b.example.com'), await helloOf(''), Buffer.from('PING\r\n')]) {
    const client = new TcpClient(t, port);
    client.socket.write(sent);
    await client.until(`welcome ${sent.toString('latin1')}`);
  }
  const silent = new TcpClient(t, port);
  await silent.until('welcome ');
  const ended = new TcpClient(t, port);
  ended.socket.end();
  await ended.until('welcome ');
});
