import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { test } from 'vitest';
import { ClientConnection } from '../../../src/http/h2/connection/client-connection.ts';
import { REQUESTS } from '../../../src/telemetry/counters.ts';
import { Backend } from '../../support/backend.ts';
import { collectGarbage } from '../../support/collect-garbage.ts';
import { encode, indexed, remembered } from '../../support/hpack.ts';
import { HTTP_2, HttpEngine } from '../../support/http-engine.ts';
import { type Asked, Http2Backend, responds } from '../../support/http2-backend.ts';
import { http2Engine } from '../../support/http2-engine.ts';
import {
  asking,
  data,
  END_STREAM,
  headers,
  RawHttp2,
  resetStream,
  SETTING,
  settings,
  windowUpdate,
} from '../../support/raw-http2.ts';

const STREAMS = 100;
const WINDOW = 65_535;
const IDS = Array.from({ length: STREAMS }, (_, i) => 1 + 2 * i);
/** What a socket may have to write before its client is no longer listened to. */
const MOST_UNREAD = 256 * 1024;

function connectionOf(engine: HttpEngine): ClientConnection {
  const [connection] = engine.proxy.downstreams;
  assert.ok(connection instanceof ClientConnection);
  return connection;
}

/** As much of a body as the stream's window lets go at once. */
function fillsWindow({ peer, id }: Asked, alreadySent: number): void {
  let left = WINDOW - alreadySent;
  for (; left > 16_000; left -= 16_000) peer.send(data(id, Buffer.alloc(16_000, 'x')));
  peer.send(data(id, Buffer.alloc(left, 'x')));
}

test('all that a backend of HTTP/2 has sent and nobody reads is counted, and is no more than a window a stream', async (t) => {
  const backend = await Http2Backend.start(t, ({ peer, id }) => peer.send(responds(id), data(id, 'x')));
  const engine = await http2Engine(t, backend);
  const client = await RawHttp2.connect(engine.port, settings([SETTING.initialWindowSize, 0]));
  client.send(...IDS.map((id) => headers(id, asking())));
  await client.until(() => IDS.every((id) => client.stream(id).status === '200'));
  const connection = connectionOf(engine);
  await engine.until(() => connection.held === STREAMS);
  // Little first, and all that may come behind it: what waits behind a queue waits, too.
  for (const asked of backend.asked) fillsWindow(asked, 1);
  await engine.until(() => connection.held === STREAMS * WINDOW);
  // Nothing was read, so nothing more may come.
  assert.deepEqual(backend.wrongs, []);
  const lets = ({ peer, id }: Asked) =>
    peer.frames.some(({ type, stream }) => type === windowUpdate(id, 1)[3] && stream === id);
  assert.ok(!backend.asked.some(lets), 'a backend was let go on with what nobody reads');
  client.send(windowUpdate(0, 2 ** 30), settings([SETTING.initialWindowSize, 2 ** 20]));
  await client.until(() => IDS.every((id) => client.stream(id).body.length === WINDOW));
  assert.equal(connection.held, 0);
  await engine.until(() => backend.asked.every(lets));
  for (const { peer, id } of backend.asked) peer.send(data(id, 'end', END_STREAM));
  for (const id of IDS) assert.equal(await client.outcome(id), '200');
  client.close();
  await engine.isEmpty();
});

test('what was held for a client that goes away is held no more, and others get on with their backend', async (t) => {
  const backend = await Http2Backend.start(t, ({ peer, id, path }) => {
    peer.send(responds(id), data(id, 'x', path === '/good' ? END_STREAM : 0));
  });
  const engine = await http2Engine(t, backend);
  const client = await RawHttp2.connect(engine.port, settings([SETTING.initialWindowSize, 0]));
  client.send(...IDS.map((id) => headers(id, asking())));
  await client.until(() => IDS.every((id) => client.stream(id).status === '200'));
  const connection = connectionOf(engine);
  for (const asked of backend.asked) fillsWindow(asked, 1);
  await engine.until(() => connection.held === STREAMS * WINDOW);
  client.close();
  await engine.until(() => connection.held === 0 && connection.parts.memory.held === 0);
  const good = await RawHttp2.connect(engine.port);
  assert.equal(await good.ask(1, asking({ ':path': '/good' })), '200');
  good.close();
  await engine.isEmpty();
});

test('long heads that a client does not read are counted, and gone at once when it has to give way', async (t) => {
  const engine = await HttpEngine.start(t, { http2: HTTP_2 });
  const lines = Array.from({ length: 12 }, (_, i) => `X-${i}: ${'y'.repeat(7000)}\r\n`).join('');
  const app = await Backend.start(t, () => `HTTP/1.1 200 OK\r\n${lines}Content-Length: 0\r\n\r\n`);
  engine.route('app.test', app.port);
  const client = await RawHttp2.connect(engine.port);
  client.socket.pause();
  client.send(...IDS.map((id) => headers(id, asking())));
  const [socket] = engine.sockets;
  const connection = connectionOf(engine);
  await engine.until(() => engine.proxy.context.counters.get(REQUESTS) === STREAMS && engine.inFlight === 0);
  assert.ok(socket!.writableLength > MOST_UNREAD, 'all of it went into sockets');
  assert.equal(connection.held, socket!.writableLength - MOST_UNREAD);
  assert.equal(connection.parts.memory.held, connection.held);
  connection.shed();
  await engine.until(() => engine.proxy.downstreams.size === 0);
  assert.equal(connection.parts.memory.held, 0);
  client.close();
  await engine.isEmpty();
});

/** A head of about a megabyte, of a few hundred bytes on the wire once its field is known. */
function bomb(isFirst: boolean): Buffer {
  const field = isFirst ? [remembered('x-own', 'y'.repeat(3900))] : [];
  return Buffer.concat([encode(asking()), ...field, ...Array.from({ length: 240 }, () => indexed(62))]);
}

/** Where nobody answers, over two streams. */
async function bombed(engine: HttpEngine): Promise<RawHttp2> {
  const before = engine.inFlight;
  const client = await RawHttp2.connect(engine.port);
  client.send(headers(1, bomb(true)), headers(3, bomb(false)));
  await engine.until(() => engine.inFlight === before + 2);
  return client;
}

/** Before an application that answers nothing, and keeps nothing. */
async function silentEngine(t: { onTestFinished(done: () => unknown): void }): Promise<HttpEngine> {
  const engine = await HttpEngine.start(t, { http2: HTTP_2 });
  const app = createServer((socket) => socket.on('error', () => {}).resume()).listen(0, '127.0.0.1');
  await once(app, 'listening');
  t.onTestFinished(() => app.close());
  engine.route('app.test', (app.address() as AddressInfo).port);
  return engine;
}

test('heads that are large once unpacked are counted while their requests last, however little was sent', async (t) => {
  const engine = await silentEngine(t);
  const client = await bombed(engine);
  const connection = connectionOf(engine);
  const heads = connection.held;
  assert.ok(heads > 1.5 * 1024 * 1024 && heads < 2 * 1024 * 1024, `${heads} bytes`);
  assert.equal(connection.parts.memory.held, heads);
  client.send(resetStream(1), resetStream(3));
  await engine.until(() => connection.held === 0 && connection.parts.memory.held === 0);
  client.send(headers(5, bomb(false)), headers(7, bomb(false)));
  await engine.until(() => connection.held > 1.5 * 1024 * 1024);
  connection.shed();
  await client.closed;
  assert.equal(client.goaway?.code, 'ENHANCE_YOUR_CALM');
  assert.equal(connection.parts.memory.held, 0);
  client.close();
  await engine.isEmpty();
});

test('requests of many clients that are large once unpacked, and together too many, cost them their connections', async (t) => {
  const engine = await silentEngine(t);
  const clients: RawHttp2[] = [];
  const limit = 128 * 1024 * 1024;
  for (let held = 0; held < 1.2 * limit; held += 1.7 * 1024 * 1024) {
    const client = await RawHttp2.connect(engine.port);
    clients.push(client);
    client.send(headers(1, bomb(true)), headers(3, bomb(false)));
    await client.until(() => client.settings.size > 0);
  }
  await engine.until(() => clients.some(({ isClosed }) => isClosed));
  const [connection] = engine.proxy.downstreams;
  assert.ok((connection as ClientConnection).parts.memory.held <= limit);
  for (const client of clients) client.close();
  await engine.isEmpty();
});

test('a stream that waits for another request holds nothing of one that was given up', async (t) => {
  const engine = await silentEngine(t);
  const clients: RawHttp2[] = [];
  await collectGarbage();
  const before = process.memoryUsage().heapUsed;
  for (let i = 0; i < 20; i++) {
    const client = await bombed(engine);
    clients.push(client);
    // Under way as long as the connection is: streams that are not used are kept beside it.
    client.send(headers(5, asking()), resetStream(1), resetStream(3));
    await engine.until(() => engine.inFlight === clients.length);
  }
  await collectGarbage();
  const kept = process.memoryUsage().heapUsed - before;
  // The two heads of each are 40 MB.
  assert.ok(kept < 12 * 1024 * 1024, `${kept} bytes are kept`);
  for (const client of clients) client.close();
  await engine.isEmpty();
});
