import assert from 'node:assert/strict';
import { createHash, type Hash } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { describe, type TestContext, test } from 'vitest';
import type { HttpSettings } from '../../../src/http/settings.ts';
import { Backend, type BackendConnection } from '../../support/backend.ts';
import { HttpEngine } from '../../support/http-engine.ts';
import { get, RawClient, statusOf } from '../../support/raw-http.ts';
import { TestRouter } from '../../support/router.ts';
import { startWebSocketServer } from '../../support/websocket-server.ts';

const ASK = get('app.test').replace('\r\n\r\n', '\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n');
const SWITCH = 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n';
const SHORT = 150;

interface Bed {
  readonly engine: HttpEngine;
  readonly app: Backend;
  readonly client: RawClient;
}

async function start(t: TestContext, settings: Partial<HttpSettings> = {}): Promise<Bed> {
  const engine = await HttpEngine.start(t, settings);
  const app = await Backend.start(t, () => undefined);
  engine.route('app.test', app.port);
  return { engine, app, client: await engine.connect() };
}

/** The application's end of the connection on which it was asked to switch. */
async function asked({ app }: Bed): Promise<BackendConnection> {
  await app.until(() => app.requests.length === 1);
  return app.connections[0]!;
}

/** The application's end of an open tunnel. */
async function open(bed: Bed): Promise<BackendConnection> {
  bed.client.send(ASK);
  const connection = await asked(bed);
  connection.socket.allowHalfOpen = true;
  connection.socket.write(SWITCH);
  assert.equal(statusOf(await bed.client.response()), 101);
  return connection;
}

/** That the tunnel has left nothing but one line in the log, which was not there before its end. */
async function assertNothingLeft({ engine, app }: Bed): Promise<void> {
  await engine.isEmpty();
  await app.until(() => app.openConnections === 0);
  assert.equal(engine.accessLog.length, 1);
  assert.match(engine.accessLog[0]!, /"GET \/ HTTP\/1.1" 101 /);
}

describe('bytes sent before the 101', () => {
  test('U09 come through the tunnel before those sent behind it', async (t) => {
    const bed = await start(t);
    bed.client.send(`${ASK}early `);
    const connection = await asked(bed);
    bed.client.send('and earlier ');
    connection.socket.write(`${SWITCH}first`);
    await bed.client.until('first');
    bed.client.send('than late');
    await bed.app.until(() => connection.received.endsWith('early and earlier than late'));
    bed.client.close();
    connection.socket.end();
    await assertNothingLeft(bed);
  });

  test('U09 wait with the client when they are many', async (t) => {
    const bed = await start(t);
    const early = 10_000_000;
    bed.client.send(ASK);
    const { socket } = await asked(bed);
    bed.client.send(Buffer.alloc(early));
    await bed.engine.untilSteady(() => bed.engine.sockets[0]!.bytesRead);
    assert.ok(bed.engine.sockets[0]!.bytesRead < 300_000, `${bed.engine.sockets[0]!.bytesRead} held`);
    assert.ok(bed.app.received.endsWith('\r\n\r\n'), 'the application has got some');
    socket.destroy();
    assert.equal(statusOf(await bed.client.response()), 502);
    bed.client.close();
    await bed.engine.isEmpty();
  });

  test('U09 with the end of the client behind them open a tunnel that has ended on its side', async (t) => {
    for (const early of ['', 'all there is']) {
      const bed = await start(t);
      bed.client.socket.end(`${ASK}${early}`);
      const connection = await asked(bed);
      connection.socket.allowHalfOpen = true;
      connection.socket.write(SWITCH);
      await once(connection.socket, 'end');
      assert.ok(connection.received.endsWith(`\r\n\r\n${early}`));
      connection.socket.end('answer');
      await bed.client.until('answer');
      await assertNothingLeft(bed);
    }
  });
});

describe('U10 a tunnel', () => {
  test('that the client half-closes still brings what the application says, to its end', async (t) => {
    const bed = await start(t);
    const { socket } = await open(bed);
    bed.client.socket.end('question');
    await once(socket, 'end');
    socket.write('answer ');
    await bed.client.until('answer ');
    assert.equal(bed.engine.accessLog.length, 0);
    socket.end('and end');
    assert.equal(await bed.client.closed, 'end');
    assert.equal(bed.client.received, 'answer and end');
    await assertNothingLeft(bed);
  });

  test('that the application half-closes still takes what the client says, to its end', async (t) => {
    const bed = await start(t);
    const connection = await open(bed);
    connection.socket.end('goodbye');
    assert.equal(await bed.client.closed, 'end');
    assert.equal(bed.client.received, 'goodbye');
    bed.client.send('wait, ');
    await bed.app.until(() => connection.received.endsWith('wait, '));
    assert.equal(bed.engine.accessLog.length, 0);
    bed.client.socket.end('there is more');
    await once(connection.socket, 'end');
    assert.ok(connection.received.endsWith('wait, there is more'));
    await assertNothingLeft(bed);
  });

  for (const half of ['before', 'after'] as const) {
    test(`brings a slow client all that is on its way when the application has ended, ${half} the client`, async (t) => {
      const bed = await start(t);
      const { socket } = await open(bed);
      bed.client.socket.pause();
      if (half === 'after') {
        bed.client.socket.end();
        await once(socket, 'end');
      }
      const length = await bed.engine.fill((bytes) => socket.write(bytes));
      socket.end();
      if (half === 'before') bed.client.socket.end();
      await bed.app.until(() => bed.app.openConnections === 0);
      bed.client.socket.resume();
      assert.equal(await bed.client.closed, 'end');
      assert.equal(bed.client.received.length, length);
      await assertNothingLeft(bed);
    });
  }

  test('is cut off when a client takes nothing of the rest', async (t) => {
    const bed = await start(t, { stalledWriteTimeout: SHORT });
    const { socket } = await open(bed);
    bed.client.socket.pause();
    bed.client.socket.end();
    await once(socket, 'end');
    await bed.engine.fill((bytes) => socket.write(bytes));
    socket.end();
    await assertNothingLeft(bed);
  });

  test('that the client resets is reset for the application', async (t) => {
    const bed = await start(t);
    const { socket } = await open(bed);
    const error = once(socket, 'error');
    bed.client.socket.resetAndDestroy();
    assert.equal(((await error)[0] as NodeJS.ErrnoException).code, 'ECONNRESET');
    await assertNothingLeft(bed);
  });

  test('that the application resets is reset for the client', async (t) => {
    const bed = await start(t);
    const { socket } = await open(bed);
    socket.resetAndDestroy();
    assert.equal(await bed.client.closed, 'reset');
    await assertNothingLeft(bed);
  });

  test('that is half-closed and then reset is reset for the other side', async (t) => {
    const bed = await start(t);
    const { socket } = await open(bed);
    bed.client.socket.end();
    await once(socket, 'end');
    socket.resetAndDestroy();
    assert.equal(await bed.client.closed, 'reset');
    await assertNothingLeft(bed);
  });

  test('that is reset while the end of the other side still waits to be written leaves nothing', async (t) => {
    const bed = await start(t);
    const { socket } = await open(bed);
    bed.client.socket.pause();
    await bed.engine.fill((bytes) => socket.write(bytes));
    socket.end();
    await bed.engine.until(() => bed.engine.sockets[0]!.writableEnded);
    socket.resetAndDestroy();
    await bed.app.until(() => bed.app.openConnections === 0);
    // Only who writes hears of the reset.
    bed.client.send('x');
    await bed.engine.until(() => bed.engine.inFlight === 0);
    bed.client.socket.resume();
    await bed.client.closed;
    bed.client.close();
    await assertNothingLeft(bed);
  });

  test('is closed when neither side has said anything for long', async (t) => {
    const bed = await start(t, { tunnelIdleTimeout: SHORT });
    const { socket } = await open(bed);
    await Promise.all([bed.client.closed, once(socket, 'end')]);
    bed.client.close();
    socket.end();
    await assertNothingLeft(bed);
  });

  for (const side of ['client', 'application'] as const) {
    test(`stays open while the ${side} alone goes on`, async (t) => {
      const bed = await start(t, { tunnelIdleTimeout: SHORT });
      const connection = await open(bed);
      const count = 10;
      for (let i = 0; i < count; i++) {
        await new Promise((resolve) => setTimeout(resolve, SHORT / 3));
        if (side === 'client') bed.client.send('x');
        else connection.socket.write('x');
      }
      const all = 'x'.repeat(count);
      if (side === 'client') await bed.app.until(() => connection.received.endsWith(all));
      else await bed.client.until(all);
      bed.client.close();
      connection.socket.end();
      await assertNothingLeft(bed);
    });
  }

  test('is not subject to the time of an exchange, of a first byte or of a body', async (t) => {
    const limits = { endpointTimeout: SHORT, firstByteTimeout: SHORT, responseIdleTimeout: SHORT };
    const bed = await start(t, {
      ...limits,
      requestIdleTimeout: SHORT,
      headTimeout: SHORT,
      downstreamIdleTimeout: SHORT,
    });
    const { socket } = await open(bed);
    await new Promise((resolve) => setTimeout(resolve, 2 * SHORT));
    socket.write('still here');
    await bed.client.until('still here');
    bed.client.close();
    socket.end();
    await assertNothingLeft(bed);
  });

  test('carries 10 MB each way byte for byte, however slow the reader, and holds little of it', async (t) => {
    const length = 10_000_000;
    const engine = await HttpEngine.start(t);
    const server = createServer({ allowHalfOpen: true }).listen(0, '127.0.0.1');
    t.onTestFinished(() => void server.close());
    await once(server, 'listening');
    engine.route('app.test', (server.address() as AddressInfo).port);
    const client = connect({ port: engine.port, host: '127.0.0.1', allowHalfOpen: true });
    client.write(ASK);
    const [application] = (await once(server, 'connection')) as [Socket];
    await once(application, 'data');
    application.pause();
    application.write(SWITCH);
    await once(client, 'data');
    client.pause();

    const forth = pattern(length, 1);
    const back = pattern(length, 2);
    client.end(forth);
    application.end(back);
    const inEngine = engine.sockets[0]!;
    await engine.untilSteady(() => inEngine.bytesRead);
    assert.ok(inEngine.bytesRead < length && inEngine.bytesWritten < length, 'nothing held the peers back');
    assert.ok(inEngine.writableLength < 512 * 1024, `${inEngine.writableLength} bytes held`);
    const [there, here] = await Promise.all([digest(application), digest(client)]);
    assert.equal(there, createHash('sha1').update(forth).digest('hex'));
    assert.equal(here, createHash('sha1').update(back).digest('hex'));
    await engine.isEmpty();
  });
});

describe('U13 §3.11 tunnels while draining', () => {
  test('§5.5 stay open, and nothing else holds the drain up', async (t) => {
    const bed = await start(t);
    const { socket } = await open(bed);
    bed.engine.proxy.phase = 'draining';
    socket.write('still here');
    await bed.client.until('still here');
    bed.client.close();
    socket.end();
    await assertNothingLeft(bed);
  });

  test('are closed when the time to drain is over', async (t) => {
    const ending: (() => unknown)[] = [];
    const router = await TestRouter.start(
      { onTestFinished: (done) => void ending.unshift(done) },
      { drain_wait: '0s', drain_timeout: '200ms' },
    );
    const app = await Backend.start(t, () => SWITCH);
    await router.route('app.test', app.port);
    const clients = await Promise.all(Array.from({ length: 100 }, () => RawClient.connect(router.port)));
    for (const client of clients) assert.equal(statusOf(await client.send(ASK).response()), 101);
    await router.router.drain();
    clients[0]!.send('still here');
    await app.until(() => app.received.includes('still here'));
    for (const done of ending) await done();
    await Promise.all(clients.map((client) => client.closed));
    await app.until(() => app.openConnections === 0);
    for (const client of clients) client.close();
  });
});

test('U07 a WebSocket of a real client goes through', async (t) => {
  const engine = await HttpEngine.start(t);
  engine.route('localhost', await startWebSocketServer(t));
  const socket = new WebSocket(`ws://localhost:${engine.port}/chat`);
  const heard: unknown[] = [];
  socket.addEventListener('message', ({ data }) => heard.push(data));
  await once(socket, 'open');
  const long = 'long '.repeat(5000);
  for (const text of ['one', 'two', long]) socket.send(text);
  await engine.until(() => heard.length === 4);
  assert.deepEqual(heard, ['hello', 'one', 'two', long]);
  socket.close(1000, 'done');
  const [{ code, wasClean }] = (await once(socket, 'close')) as [CloseEvent];
  assert.deepEqual([code, wasClean], [1000, true]);
  await engine.isEmpty();
  assert.match(engine.accessLog[0]!, /"GET \/chat HTTP\/1.1" 101 /);
});

/** Bytes in which a piece lost, doubled or moved shows. */
function pattern(length: number, seed: number): Buffer {
  const bytes = Buffer.alloc(length);
  for (let at = 0; at + 4 <= length; at += 4) bytes.writeUInt32LE((at * 2654435761 + seed) >>> 0, at);
  return bytes;
}

/** Of all that is still to come, read with pauses. */
async function digest(socket: Socket): Promise<string> {
  const hash: Hash = createHash('sha1');
  let count = 0;
  for await (const chunk of socket) {
    hash.update(chunk as Buffer);
    if (++count % 50 === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return hash.digest('hex');
}
