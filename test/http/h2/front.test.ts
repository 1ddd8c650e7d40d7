import assert from 'node:assert/strict';
import { once } from 'node:events';
import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  constants,
  type OutgoingHttpHeaders,
} from 'node:http2';
import { connect as tcp } from 'node:net';
import { connect as tls } from 'node:tls';
import { describe, type TestContext, test } from 'vitest';
import { Backend, ok } from '../../support/backend.ts';
import { Authority } from '../../support/certificates.ts';
import { frontTlsOf } from '../../support/front-tls.ts';
import { HTTP_2, HttpEngine } from '../../support/http-engine.ts';
import { get, statusOf, valuesOf } from '../../support/raw-http.ts';

interface Answer {
  readonly status: number;
  readonly fields: readonly string[];
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
  readonly trailers: Readonly<Record<string, string | string[] | undefined>>;
}

async function h2c(t: TestContext, engine: HttpEngine): Promise<ClientHttp2Session> {
  const session = connect(`http://127.0.0.1:${engine.port}`);
  session.on('error', () => {});
  t.onTestFinished(() => session.destroy());
  await once(session, 'connect');
  return session;
}

async function answer(stream: ClientHttp2Stream): Promise<Answer> {
  let trailers = {};
  stream.on('trailers', (sent) => {
    trailers = sent;
  });
  let body = '';
  stream.setEncoding('latin1');
  stream.on('data', (piece: string) => {
    body += piece;
  });
  const closed = once(stream, 'close');
  const [headers, , fields] = (await once(stream, 'response')) as [Answer['headers'], number, string[]];
  await closed;
  return { status: Number(headers[':status']), fields, headers, body, trailers };
}

function ask(session: ClientHttp2Session, headers: OutgoingHttpHeaders, body = ''): Promise<Answer> {
  const stream = session.request({ ':authority': 'app.test', ...headers }, { endStream: body === '' });
  if (body !== '') stream.end(body);
  return answer(stream);
}

async function platform(t: TestContext, respond = (): string => ok('hello')) {
  const engine = await HttpEngine.start(t, { http2: HTTP_2 });
  const app = await Backend.start(t, respond);
  engine.route('app.test', app.port);
  return { engine, app, session: await h2c(t, engine) };
}

test('§3.12 a request over HTTP/2 reaches the application as HTTP/1.1, and its answer comes back', async (t) => {
  const { engine, app, session } = await platform(t);
  const response = await ask(session, {
    ':path': '/a%2Fb?q=1',
    'x-custom': ['1', '2'],
    cookie: ['a=1', 'b=2'],
  });
  assert.equal(response.status, 200);
  assert.equal(response.body, 'hello');
  assert.equal(response.headers['content-length'], '5');
  assert.equal(response.fields.filter((name) => name === 'date').length, 1);
  const [asked] = app.requests;
  assert.equal(asked!.start, 'GET /a%2Fb?q=1 HTTP/1.1');
  assert.deepEqual(valuesOf(asked!, 'Host'), ['app.test']);
  assert.deepEqual(valuesOf(asked!, 'x-custom'), ['1', '2']);
  assert.deepEqual(valuesOf(asked!, 'cookie'), ['a=1; b=2']);
  assert.deepEqual(valuesOf(asked!, 'X-Forwarded-For'), ['127.0.0.1']);
  assert.deepEqual(valuesOf(asked!, 'Transfer-Encoding'), []);
  assert.match(engine.accessLog.join(''), /"GET \/a%2Fb\?q=1 HTTP\/2\.0" 200 0 5 /);
  session.close();
  await engine.isEmpty();
});

test('an HTTP/1.1 client on the same port is served as ever, in one piece or byte by byte', async (t) => {
  const { engine, app, session } = await platform(t);
  session.destroy();
  const client = await engine.connect();
  assert.equal(statusOf(await client.send(get('app.test')).response()), 200);
  // Begins as the preface of HTTP/2 does.
  for (const byte of 'PRI / HTTP/1.1\r\nHost: app.test\r\n\r\n') client.send(byte);
  assert.equal(statusOf(await client.response()), 200);
  client.close();
  const slow = await engine.connect();
  for (const byte of 'PRI /x HTTP/1.1\r\nHost: app.test\r\n\r\n') slow.send(byte);
  assert.equal(statusOf(await slow.response()), 200);
  slow.close();
  assert.equal(app.requests.length, 3);
  await engine.isEmpty();
});

test('bodies go both ways, of known length and not', async (t) => {
  const { engine, app, session } = await platform(
    t,
    () => 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n',
  );
  assert.equal((await ask(session, { ':method': 'POST', 'content-length': '4' }, 'four')).body, 'abcde');
  assert.equal((await ask(session, { ':method': 'POST' }, 'unknown')).body, 'abcde');
  const [known, unknown] = app.requests;
  assert.deepEqual(valuesOf(known!, 'Content-Length'), ['4']);
  assert.equal(known!.body, 'four');
  assert.deepEqual(valuesOf(unknown!, 'Transfer-Encoding'), ['chunked']);
  assert.equal(unknown!.body, 'unknown');
  session.close();
  await engine.isEmpty();
});

test('large bodies pass in both directions, held up by whoever does not read', async (t) => {
  const size = 8 * 1024 * 1024;
  const { engine, app, session } = await platform(t, () => ok('y'.repeat(size)));
  const stream = session.request({ ':authority': 'app.test', ':method': 'POST' });
  const response = answer(stream);
  const piece = Buffer.alloc(64 * 1024, 'x');
  for (let sent = 0; sent < size; sent += piece.length) if (!stream.write(piece)) await once(stream, 'drain');
  stream.end();
  assert.equal((await response).body.length, size);
  assert.equal(app.requests[0]!.body.length, size);
  session.close();
  await engine.isEmpty();
});

test('trailers of the response are passed on, those that could be mistaken for headers are not', async (t) => {
  const { session } = await platform(
    t,
    () =>
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nGrpc-Status: 0\r\nSet-Cookie: a=b\r\n\r\n',
  );
  const { trailers } = await ask(session, {});
  assert.equal(trailers['grpc-status'], '0');
  assert.equal(trailers['set-cookie'], undefined);
});

test('many requests share a connection and each gets its own answer', async (t) => {
  const engine = await HttpEngine.start(t, { http2: HTTP_2 });
  const app = await Backend.start(t, ({ start }) => ok(start.split(' ')[1]!));
  engine.route('app.test', app.port);
  const session = await h2c(t, engine);
  const paths = Array.from({ length: 100 }, (_, index) => `/${index}`);
  const bodies = await Promise.all(paths.map(async (path) => (await ask(session, { ':path': path })).body));
  assert.deepEqual(bodies, paths);
  session.close();
  await engine.isEmpty();
});

describe('what the router answers itself', () => {
  test('an unknown route is 404, of HEAD without a body', async (t) => {
    const { session } = await platform(t);
    const response = await ask(session, { ':authority': 'nowhere.test' });
    assert.equal(response.status, 404);
    assert.equal(response.headers['x-cf-routererror'], 'unknown_route');
    assert.match(response.body, /does not exist/);
    assert.equal((await ask(session, { ':authority': 'nowhere.test', ':method': 'HEAD' })).body, '');
  });

  for (const [what, headers, status] of [
    ['a CONNECT', { ':method': 'CONNECT', ':path': undefined, ':scheme': undefined }, 501],
    ['a TRACE', { ':method': 'TRACE' }, 405],
    ['a host beside another authority', { host: 'other.test' }, 400],
    ['a name that imitates another', { x_forwarded_for: '1.2.3.4' }, 400],
  ] as const) {
    test(`${what} is refused, and the connection goes on`, async (t) => {
      const { app, session } = await platform(t);
      assert.equal((await ask(session, headers as OutgoingHttpHeaders)).status, status);
      assert.equal((await ask(session, {})).status, 200);
      assert.equal(app.requests.length, 1);
    });
  }
});

test('a client that resets its stream ends the exchange, and nothing else', async (t) => {
  const { engine, app, session } = await platform(t, () => '');
  const stream = session.request({ ':authority': 'app.test' });
  stream.on('error', () => {});
  await app.until(() => app.requests.length === 1);
  stream.close(constants.NGHTTP2_CANCEL);
  await engine.until(() => engine.inFlight === 0 && engine.upstreams === 0);
  assert.match(engine.accessLog.join(''), / 499 /);
  session.close();
  await engine.isEmpty();
});

test('a backend that breaks off has its stream reset, not ended', async (t) => {
  const engine = await HttpEngine.start(t, { http2: HTTP_2 });
  const app = await Backend.start(t, (_, { socket }) => {
    socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n', () => socket.destroy());
    return '';
  });
  engine.route('app.test', app.port);
  const session = await h2c(t, engine);
  const stream = session.request({ ':authority': 'app.test' });
  stream.resume();
  const [error] = (await once(stream, 'error')) as [Error];
  assert.match(error.message, /NGHTTP2_INTERNAL_ERROR/);
});

test('a backend that is cut off in a body of no known length has its stream reset, not ended', async (t) => {
  const engine = await HttpEngine.start(t, { http2: HTTP_2 });
  const app = await Backend.start(t, () => 'HTTP/1.1 200 OK\r\n\r\nabc');
  engine.route('app.test', app.port);
  const session = await h2c(t, engine);
  const stream = session.request({ ':authority': 'app.test' });
  await once(stream, 'data');
  app.connections[0]!.socket.resetAndDestroy();
  const [error] = (await once(stream, 'error')) as [Error];
  assert.match(error.message, /NGHTTP2_INTERNAL_ERROR/);
});

test('a client that resets its upload leaves the backend with a request cut off, not with a complete one', async (t) => {
  const { engine, app, session } = await platform(t);
  for (const headers of [{}, { 'content-length': '9' }]) {
    const heard = app.received.length;
    const stream = session.request({ ':authority': 'app.test', ':method': 'POST', ...headers });
    stream.on('error', () => {});
    stream.write('part');
    await app.until(() => app.received.slice(heard).includes('part'));
    stream.close(constants.NGHTTP2_CANCEL);
    await app.until(() => app.openConnections === 0);
    assert.equal(app.requests.length, 0);
    assert.doesNotMatch(app.received, /\r\n0\r\n/);
  }
  session.close();
  await engine.isEmpty();
});

test('a drain says GOAWAY, and what is under way is finished', async (t) => {
  let answerNow = (): void => {};
  const engine = await HttpEngine.start(t, { http2: HTTP_2 });
  const app = await Backend.start(t, (_, { socket }) => {
    answerNow = () => socket.write(ok('late'));
    return '';
  });
  engine.route('app.test', app.port);
  const session = await h2c(t, engine);
  const goaway = once(session, 'goaway');
  const response = ask(session, {});
  await app.until(() => app.requests.length === 1);
  for (const downstream of engine.proxy.downstreams) downstream.drain();
  await goaway;
  answerNow();
  assert.equal((await response).body, 'late');
  await engine.isEmpty();
});

test('§3.14 a TLS client chooses HTTP/2 by ALPN, and gets HTTP/1.1 where it is off', async (t) => {
  const authority = new Authority();
  const identity = authority.issue({ names: 'DNS:app.test' });
  for (const http2 of [true, false]) {
    const frontTls = { ...frontTlsOf(identity), http2 };
    const engine = await HttpEngine.start(t, { frontTls });
    const app = await Backend.start(t, () => ok('hello'));
    engine.route('app.test', app.port);
    const options = { port: engine.port, host: '127.0.0.1', servername: 'app.test', ca: authority.cert };
    const socket = tls({ ...options, ALPNProtocols: ['h2', 'http/1.1'] });
    await once(socket, 'secureConnect');
    assert.equal(socket.alpnProtocol, http2 && 'h2');
    if (http2) {
      const session = connect('https://app.test', { createConnection: () => socket });
      const response = await ask(session, {});
      assert.equal(response.body, 'hello');
      assert.deepEqual(valuesOf(app.requests[0]!, 'X-Forwarded-Proto'), ['https']);
      session.close();
    } else {
      await engine.until(() => engine.proxy.downstreams.size === 1);
      socket.destroy();
    }
    await engine.isEmpty();
  }
});

describe('abuse ends the connection and leaves nothing:', () => {
  test('C8 streams opened and reset without end (CVE-2023-44487)', async (t) => {
    const { engine, session } = await platform(t);
    const closed = new Promise<void>((resolve) => session.once('close', resolve));
    for (let i = 0; i < 2000 && !session.destroyed && !session.closed; i++) {
      const stream = session.request({ ':authority': 'app.test' });
      stream.on('error', () => {});
      stream.close(constants.NGHTTP2_CANCEL);
      if (i % 50 === 49) await new Promise(setImmediate);
    }
    await closed;
    await engine.isEmpty();
  });

  test('C8 a preface without SETTINGS, and bytes that are no frames', async (t) => {
    const { engine, session } = await platform(t);
    session.destroy();
    const socket = tcp(engine.port, '127.0.0.1');
    socket.on('error', () => {});
    socket.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
    socket.write(Buffer.alloc(64, 0xff));
    socket.resume();
    await once(socket, 'close');
    await engine.isEmpty();
  });
});
