import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { describe, type TestContext, test } from 'vitest';
import type { HttpSettings } from '../../../src/http/settings.ts';
import { Backend, ok } from '../../support/backend.ts';
import type { Fields } from '../../support/hpack.ts';
import { HTTP_2, HttpEngine } from '../../support/http-engine.ts';
import { type RawMessage, valuesOf } from '../../support/raw-http.ts';
import {
  asking,
  data,
  END_STREAM,
  headers,
  RawHttp2,
  resetStream,
  windowUpdate,
} from '../../support/raw-http2.ts';
import { acceptOf, startWebSocketServer, textFrame } from '../../support/websocket-server.ts';

/** SETTINGS_ENABLE_CONNECT_PROTOCOL (RFC 8441 §3). */
const ENABLE_CONNECT_PROTOCOL = 8;

/** More than all buffers on the way hold. */
const LIMIT = 64 * 1024 * 1024;

function asksWebSocket(more: Fields = [], over: Record<string, string> = {}): Fields {
  return asking({ ':method': 'CONNECT', ':protocol': 'websocket', ':path': '/chat', ...over }, more);
}

/** The 101 that a server of WebSockets gives this request. */
function switching(request: RawMessage, lines = ''): string {
  const accept = acceptOf(valuesOf(request, 'Sec-WebSocket-Key')[0] ?? '');
  return `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n${lines}\r\n`;
}

async function platform(t: TestContext, answer: Backend['answer'], settings: Partial<HttpSettings> = {}) {
  const engine = await HttpEngine.start(t, { http2: HTTP_2, ...settings });
  const app = await Backend.start(t, answer);
  engine.route('app.test', app.port);
  const client = await RawHttp2.connect(engine.port);
  t.onTestFinished(() => client.close());
  return { engine, app, client };
}

/** A tunnel on stream 1, and the backend's end of it. */
async function tunnel(t: TestContext, settings: Partial<HttpSettings> = {}) {
  const { engine, app, client } = await platform(t, (request) => switching(request), settings);
  client.send(headers(1, asksWebSocket(), 0));
  await client.until(() => client.stream(1).status === '200');
  const [connection] = app.connections;
  return { engine, app, client, connection: connection!, socket: connection!.socket as Socket };
}

test('§3.12 U12 a WebSocket over HTTP/2 (RFC 8441) is announced, and works with a server that knows HTTP/1.1 alone', async (t) => {
  const engine = await HttpEngine.start(t, { http2: HTTP_2 });
  engine.route('app.test', await startWebSocketServer(t));
  const client = await RawHttp2.connect(engine.port);
  assert.equal(client.settings.get(ENABLE_CONNECT_PROTOCOL), 1);
  client.send(headers(1, asksWebSocket(), 0));
  const stream = client.stream(1);
  await client.until(() => stream.body === textFrame('hello').toString('latin1'));
  assert.equal(stream.status, '200');
  // Masked, with a mask of zeros.
  client.send(data(1, Buffer.from([0x81, 0x82, 0, 0, 0, 0, 0x68, 0x69])));
  await client.until(() => stream.body.endsWith(textFrame('hi').toString('latin1')));
  client.send(data(1, Buffer.from([0x88, 0x80, 0, 0, 0, 0]), END_STREAM));
  assert.equal(await client.outcome(1), '200');
  client.close();
  await engine.isEmpty();
});

for (const [how, ends] of [
  ['with its head', [headers(1, asksWebSocket(), END_STREAM)]],
  ['at once behind its head', [headers(1, asksWebSocket(), 0), data(1, '', END_STREAM)]],
  ['by trailers', [headers(1, asksWebSocket(), 0), headers(1, [['x-end', '1']], END_STREAM)]],
] as const) {
  test(`U12 a client that ends its side ${how} is heard of by the backend, which may go on and end its own`, async (t) => {
    const { engine, app, client } = await platform(t, () => undefined);
    client.send(...ends);
    await app.until(() => app.requests.length === 1);
    const socket = app.connections[0]!.socket as Socket;
    socket.allowHalfOpen = true;
    socket.write(switching(app.requests[0]!), 'latin1');
    await client.until(() => client.stream(1).status === '200');
    await engine.until(() => socket.readableEnded);
    socket.end('last words');
    assert.equal(await client.outcome(1), '200');
    assert.equal(client.stream(1).body, 'last words');
    client.close();
    await engine.isEmpty();
  });
}

test('U12 the backend is asked as HTTP/1.1 asks, with a key made for it, and the handshake is not shown to the client', async (t) => {
  const more: Fields = [
    ['sec-websocket-key', 'of-the-client'],
    ['sec-websocket-version', '13'],
    ['sec-websocket-protocol', 'chat'],
  ];
  const { engine, app, client } = await platform(t, (request) =>
    switching(request, 'Sec-WebSocket-Protocol: chat\r\nX-Own: 1\r\n'),
  );
  for (const id of [1, 3]) client.send(headers(id, asksWebSocket(more), 0));
  await client.until(() => client.stream(1).status === '200' && client.stream(3).status === '200');
  const [first, second] = app.requests as [RawMessage, RawMessage];
  assert.equal(first.start, 'GET /chat HTTP/1.1');
  assert.deepEqual(valuesOf(first, 'Connection'), ['Upgrade']);
  assert.deepEqual(valuesOf(first, 'Upgrade'), ['websocket']);
  assert.deepEqual(valuesOf(first, 'Sec-WebSocket-Version'), ['13']);
  assert.deepEqual(valuesOf(first, 'Sec-WebSocket-Protocol'), ['chat']);
  assert.deepEqual(valuesOf(first, 'Transfer-Encoding'), []);
  const keys = [first, second].map((request) => valuesOf(request, 'Sec-WebSocket-Key'));
  for (const [key, ...others] of keys) {
    assert.deepEqual(others, []);
    assert.equal(Buffer.from(key!, 'base64').length, 16);
  }
  assert.notDeepEqual(keys[0], keys[1]);
  const { fields } = client.stream(1);
  const names = fields.map(([name]) => name);
  assert.deepEqual(
    fields.filter(([name]) => ['sec-websocket-protocol', 'x-own'].includes(name)).map(([, value]) => value),
    ['chat', '1'],
  );
  for (const name of ['connection', 'upgrade', 'sec-websocket-accept', 'content-length']) {
    assert.ok(!names.includes(name), name);
  }
  client.close();
  await engine.isEmpty();
  assert.equal(engine.accessLog.length, 2);
  assert.match(engine.accessLog[0]!, /"GET \/chat HTTP\/2\.0" 101 0 0 /);
});

describe('U12 what is no 101 opens no tunnel over HTTP/2:', () => {
  const wrong = (request: RawMessage) => switching(request).replace(/Accept: ./, 'Accept: -');
  for (const [what, answer, status] of [
    ['a wrong Sec-WebSocket-Accept', wrong, '502'],
    ['a 200, which would open one to the client', () => ok('hello'), '502'],
    ['a 204', () => 'HTTP/1.1 204 No Content\r\n\r\n', '502'],
    ['a 403, which is passed on', () => 'HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno', '403'],
    [
      'a 302, which is passed on',
      () => 'HTTP/1.1 302 Found\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n',
      '302',
    ],
  ] as const) {
    test(what, async (t) => {
      const { engine, client } = await platform(t, answer);
      // The end of the stream is the client's, as it would be of any other request with something behind its head.
      client.send(headers(1, asksWebSocket(), 0), data(1, 'early'), data(1, '', END_STREAM));
      assert.equal(await client.outcome(1), status);
      assert.equal(await client.ask(3, asking({ ':authority': 'nowhere.test' })), '404');
      client.close();
      await engine.isEmpty();
      assert.match(engine.accessLog[0]!, new RegExp(` ${status} `));
    });
  }

  for (const [what, fields, status] of [
    ['another protocol', asksWebSocket([], { ':protocol': 'connect-udp' }), '501'],
    ['a request with a length', asksWebSocket([['content-length', '3']]), '400'],
    ['no route', asksWebSocket([], { ':authority': 'nowhere.test' }), '404'],
  ] as const) {
    test(`${what}, of which no backend hears`, async (t) => {
      const { engine, app, client } = await platform(t, () => ok());
      client.send(headers(1, fields, 0));
      // The client does not end its side; after a moment it is told that nobody listens.
      assert.equal(await client.outcome(1), status);
      client.send(data(1, 'x'));
      assert.equal(await client.ask(3), '200');
      assert.equal(app.requests.length, 1);
      client.close();
      await engine.isEmpty();
    });
  }
});

describe('U12 a tunnel over HTTP/2', () => {
  test('carries what the client sent ahead of the answer', async (t) => {
    let answerNow = (): void => {};
    const { engine, app, client } = await platform(t, (request, { socket }) => {
      answerNow = () => socket.write(switching(request));
      return '';
    });
    client.send(headers(1, asksWebSocket(), 0), data(1, 'early'));
    await app.until(() => app.requests.length === 1);
    assert.doesNotMatch(app.received, /early/);
    answerNow();
    await app.until(() => app.received.endsWith('\r\n\r\nearly'));
    client.close();
    await engine.isEmpty();
  });

  test('goes on one way when the other has ended: the client first', async (t) => {
    const { engine, client, socket } = await tunnel(t);
    socket.allowHalfOpen = true;
    client.send(data(1, 'last', END_STREAM));
    await once(socket, 'end');
    const stream = client.stream(1);
    assert.equal(stream.end, 'open');
    socket.end('more');
    assert.equal(await client.outcome(1), '200');
    assert.equal(stream.body, 'more');
    client.close();
    await engine.isEmpty();
  });

  test('goes on one way when the other has ended: the backend first', async (t) => {
    const { engine, app, client, connection } = await tunnel(t);
    connection.socket.allowHalfOpen = true;
    connection.socket.end('last');
    assert.equal(await client.outcome(1), '200');
    assert.equal(client.stream(1).body, 'last');
    client.send(data(1, 'more', END_STREAM));
    await app.until(() => connection.received.endsWith('more'));
    client.close();
    await engine.isEmpty();
  });

  test('is cut off on the other side too when the client resets its stream, and the connection goes on', async (t) => {
    const { engine, app, client, socket } = await tunnel(t);
    const reset = once(socket, 'error');
    client.send(resetStream(1));
    const [error] = (await reset) as [NodeJS.ErrnoException];
    assert.equal(error.code, 'ECONNRESET');
    app.answer = () => ok();
    assert.equal(await client.ask(3), '200');
    client.close();
    await engine.isEmpty();
  });

  test('is cut off on the other side too when the client is gone', async (t) => {
    const { engine, client, socket } = await tunnel(t);
    const reset = once(socket, 'error');
    client.close();
    const [error] = (await reset) as [NodeJS.ErrnoException];
    assert.equal(error.code, 'ECONNRESET');
    await engine.isEmpty();
  });

  test('is reset, not ended, when the backend resets its connection', async (t) => {
    const { engine, client, socket } = await tunnel(t);
    socket.resetAndDestroy();
    assert.equal(await client.outcome(1), 'RST CANCEL');
    client.close();
    await engine.isEmpty();
  });

  test('holds up the backend while the client takes nothing, and loses no byte', async (t) => {
    const { engine, client, socket } = await tunnel(t);
    const size = 4 * 1024 * 1024;
    const text = Buffer.alloc(size, 'abcdefghijklmnopqrstuvwxyz0123456789');
    socket.write(text);
    const stream = client.stream(1);
    await client.until(() => stream.body.length === 65_535);
    await engine.untilSteady(() => socket.writableLength);
    const held = engine.proxy.downstreams.size;
    assert.equal(held, 1);
    assert.equal(stream.body.length, 65_535);
    client.send(windowUpdate(0, size), windowUpdate(1, size));
    await client.until(() => stream.body.length === size);
    assert.equal(stream.body, text.toString('latin1'));
    client.close();
    await engine.isEmpty();
  });

  test('holds up the client while the backend takes nothing, and loses no byte', async (t) => {
    const { engine, app, client, connection, socket } = await tunnel(t);
    socket.pause();
    const before = connection.received.length;
    const piece = Buffer.alloc(16_384, 'x');
    let sent = 0;
    let window = 65_535;
    // As much as the router lets go: until it gives no more for a while.
    for (let more = true; more && sent < LIMIT; ) {
      for (; window >= piece.length; window -= piece.length, sent += piece.length)
        client.send(data(1, piece));
      const given = client.window(1);
      more = await Promise.race([given, engine.untilSteady(() => sent).then(() => false)]);
      window += client.takeWindow(1);
    }
    assert.ok(sent < LIMIT, 'the client was never held up');
    socket.resume();
    await app.until(() => connection.received.length - before === sent);
    client.close();
    await engine.isEmpty();
  });

  test('ends when neither side has said anything for long', async (t) => {
    const { engine, client } = await tunnel(t, { tunnelIdleTimeout: 50 });
    assert.match(await client.outcome(1), /^RST /);
    client.close();
    await engine.isEmpty();
  });

  test('is not cut by a drain', async (t) => {
    const { engine, app, client, connection } = await tunnel(t);
    for (const downstream of engine.proxy.downstreams) downstream.drain();
    await client.until(() => client.goaway !== null);
    client.send(data(1, 'still'));
    await app.until(() => connection.received.endsWith('still'));
    client.send(data(1, '', END_STREAM));
    connection.socket.end();
    await client.closed;
    await engine.isEmpty();
  });
});
