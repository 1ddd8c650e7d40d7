import assert from 'node:assert/strict';
import { once } from 'node:events';
import {
  createSecureServer,
  createServer,
  type Http2Server,
  type IncomingHttpHeaders,
  type ServerHttp2Stream,
} from 'node:http2';
import type { AddressInfo, Server } from 'node:net';
import { describe, type TestContext, test } from 'vitest';
import { BACKEND_ATTEMPTS, RETRIES } from '../../../src/telemetry/counters.ts';
import { Backend, ok } from '../../support/backend.ts';
import { Authority } from '../../support/certificates.ts';
import { HttpEngine } from '../../support/http-engine.ts';
import {
  DATA,
  END_STREAM,
  type Frame,
  type FramesConnection,
  HEADERS,
  RST_STREAM,
  startFramesServer,
} from '../../support/http2-frames-server.ts';
import { get, type RawMessage, statusOf, valuesOf } from '../../support/raw-http.ts';

const SAN = 'f3a1c7d2-1111-2222-3333-444455556666';
const authority = new Authority();
const instance = authority.issue({ subject: '/CN=instance', names: `DNS:${SAN}` });
const BACKEND_TLS = { ca: [authority.cert], certChain: '', privateKey: '', ciphers: '', verify: true };

interface Asked {
  readonly headers: IncomingHttpHeaders;
  readonly fields: readonly string[];
  readonly body: string;
}

type Respond = (stream: ServerHttp2Stream, asked: Asked) => void;

const hello: Respond = (stream) => {
  stream.respond({ ':status': 200, 'content-length': '5' });
  stream.end('hello');
};

/** An application that speaks HTTP/2, without TLS. */
async function h2cApp(t: TestContext, respond: Respond = hello) {
  return serve(t, createServer(), respond);
}

async function serve(t: TestContext, server: Http2Server & Server, respond: Respond) {
  const requests: Asked[] = [];
  let sessions = 0;
  server.on('session', (session) => {
    sessions++;
    t.onTestFinished(() => session.destroy());
  });
  server.on(
    'stream',
    (stream: ServerHttp2Stream, headers: IncomingHttpHeaders, _: number, fields: string[]) => {
      stream.on('error', () => {});
      let body = '';
      stream.setEncoding('latin1').on('data', (piece: string) => {
        body += piece;
      });
      stream.on('end', () => {
        const asked = { headers, fields, body };
        requests.push(asked);
        respond(stream, asked);
      });
    },
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.onTestFinished(() => void server.close());
  return {
    port: (server.address() as AddressInfo).port,
    requests,
    get sessions() {
      return sessions;
    },
  };
}

async function platform(t: TestContext, ...ports: number[]): Promise<HttpEngine> {
  const engine = await HttpEngine.start(t);
  engine.routeToEndpoint(
    'app.test',
    ...ports.map((port) => ({ host: '127.0.0.1', port, protocol: 'http2' })),
  );
  return engine;
}

async function ask(engine: HttpEngine, request = get('app.test')): Promise<RawMessage> {
  const client = await engine.connect();
  const response = await client.send(request).response();
  client.close();
  return response;
}

test('§3.12 an endpoint registered for HTTP/2 is asked over it, by a client of HTTP/1.1', async (t) => {
  const app = await h2cApp(t);
  const engine = await platform(t, app.port);
  const response = await ask(
    engine,
    'POST /a%2Fb?q HTTP/1.1\r\nHost: app.test\r\nX-Custom: 1\r\nx-custom: 2\r\nConnection: close\r\nContent-Length: 3\r\n\r\nabc',
  );
  assert.equal(response.start, 'HTTP/1.1 200 OK');
  assert.equal(response.body, 'hello');
  assert.deepEqual(valuesOf(response, 'Content-Length'), ['5']);
  const [{ headers, body }] = app.requests as [Asked];
  assert.equal(headers[':method'], 'POST');
  assert.equal(headers[':path'], '/a%2Fb?q');
  assert.equal(headers[':authority'], 'app.test');
  assert.equal(headers['x-custom'], '1, 2');
  assert.equal(headers['x-forwarded-for'], '127.0.0.1');
  assert.equal(headers['connection'], undefined);
  assert.equal(body, 'abc');
  await engine.isEmpty();
});

test('§2.10 requests to one endpoint share a connection, as many at once as there are', async (t) => {
  const held: ServerHttp2Stream[] = [];
  const app = await h2cApp(t, (stream) => void held.push(stream));
  const engine = await platform(t, app.port);
  await Promise.all([
    ...Array.from({ length: 20 }, () => ask(engine)),
    engine
      .until(() => held.length === 20)
      .then(() => {
        for (const stream of held) hello(stream, app.requests[0]!);
      }),
  ]);
  assert.equal(app.sessions, 1);
  assert.equal(engine.upstreams, 1);
  await engine.isEmpty();
});

describe('§2.10 the TLS handshake says whether it is HTTP/2', () => {
  async function tlsPlatform(t: TestContext, port: number, settings = {}): Promise<HttpEngine> {
    const engine = await HttpEngine.start(t, { backendTls: BACKEND_TLS, ...settings });
    engine.routeToEndpoint('app.test', {
      ...{ host: '127.0.0.1', port, protocol: 'http2', tls: true, serverCertDomainSan: SAN },
    });
    return engine;
  }

  test('it is where the endpoint agrees', async (t) => {
    const app = await serve(t, createSecureServer(instance) as Http2Server & Server, hello);
    const engine = await tlsPlatform(t, app.port);
    assert.equal((await ask(engine)).body, 'hello');
    assert.equal((await ask(engine)).body, 'hello');
    assert.equal(app.requests[0]!.headers[':scheme'], 'https');
    assert.equal(app.sessions, 1);
    await engine.isEmpty();
  });

  test('else the endpoint gets HTTP/1.1, whoever waited for the handshake included, and no failure is told', async (t) => {
    const app = await Backend.startTls(t, { ...instance, ALPNProtocols: ['http/1.1'] }, () => ok('old'));
    const engine = await tlsPlatform(t, app.port);
    const answers = await Promise.all(Array.from({ length: 5 }, () => ask(engine)));
    assert.deepEqual(
      answers.map(({ body }) => body),
      Array(5).fill('old'),
    );
    assert.equal(engine.proxy.context.counters.get(BACKEND_ATTEMPTS), 5);
    assert.equal(engine.proxy.context.counters.get(RETRIES), 0);
    assert.equal((await ask(engine)).body, 'old');
    assert.deepEqual(
      engine.log.filter(([message]) => message === 'backend-endpoint-failed'),
      [],
    );
    await engine.isEmpty();
  });

  test('enable_http2: false leaves it at HTTP/1.1', async (t) => {
    const app = await Backend.startTls(t, { ...instance, ALPNProtocols: ['h2', 'http/1.1'] }, () =>
      ok('old'),
    );
    const engine = await tlsPlatform(t, app.port, {
      http2: { priorKnowledge: false, overTls: false, inClear: false },
    });
    assert.equal((await ask(engine)).body, 'old');
    await engine.isEmpty();
  });

  test('a certificate of another instance is refused before a request is sent', async (t) => {
    const other = authority.issue({ names: 'DNS:other' });
    const app = await serve(t, createSecureServer(other) as Http2Server & Server, hello);
    const engine = await tlsPlatform(t, app.port);
    assert.equal((await ask(engine)).start, 'HTTP/1.1 503 Service Unavailable');
    assert.deepEqual(app.requests, []);
    assert.equal(engine.pruned.length, 1);
    await engine.isEmpty();
  });
});

test('§3.12 an endpoint without TLS is asked over HTTP/1.1 unless cellgate.h2c_endpoints says otherwise', async (t) => {
  const app = await Backend.start(t, () => ok('old'));
  const engine = await HttpEngine.start(t, {
    http2: { priorKnowledge: false, overTls: true, inClear: false },
  });
  engine.routeToEndpoint('app.test', { host: '127.0.0.1', port: app.port, protocol: 'http2' });
  assert.equal((await ask(engine)).body, 'old');
});

test('§3.11 a WebSocket to an endpoint registered for HTTP/2 is opened over HTTP/1.1', async (t) => {
  const app = await Backend.startTls(t, { ...instance, ALPNProtocols: ['h2', 'http/1.1'] }, () =>
    ok('asked'),
  );
  const engine = await HttpEngine.start(t, { backendTls: BACKEND_TLS });
  engine.routeToEndpoint('app.test', {
    ...{ host: '127.0.0.1', port: app.port, protocol: 'http2', tls: true, serverCertDomainSan: SAN },
  });
  const response = await ask(
    engine,
    'GET / HTTP/1.1\r\nHost: app.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n',
  );
  assert.equal(response.body, 'asked');
  assert.deepEqual(valuesOf(app.requests[0]!, 'Upgrade'), ['websocket']);
});

describe('§3.9 responses over HTTP/2', () => {
  test('a body without a length is chunked for the client, trailers behind it', async (t) => {
    const app = await h2cApp(t, (stream) => {
      stream.respond({ ':status': 201 }, { waitForTrailers: true });
      stream.on('wantTrailers', () => stream.sendTrailers({ 'x-sum': '42' }));
      stream.end('counted');
    });
    const engine = await platform(t, app.port);
    const response = await ask(engine);
    assert.equal(response.start, 'HTTP/1.1 201 Created');
    assert.deepEqual(valuesOf(response, 'Transfer-Encoding'), ['chunked']);
    assert.equal(response.body, 'counted');
    assert.deepEqual(response.trailers, ['x-sum: 42']);
  });

  test('a head that is all there is has no body', async (t) => {
    const app = await h2cApp(t, (stream) => stream.respond({ ':status': 404 }, { endStream: true }));
    const engine = await platform(t, app.port);
    const client = await engine.connect();
    for (let i = 0; i < 2; i++) {
      const response = await client.send(get('app.test')).response();
      assert.equal(statusOf(response), 404);
      assert.deepEqual(valuesOf(response, 'Content-Length'), ['0']);
    }
  });

  test('HEAD and 304 keep the length of the body they have not', async (t) => {
    const app = await h2cApp(t, (stream, { headers }) => {
      const status = headers[':method'] === 'HEAD' ? 200 : 304;
      stream.respond({ ':status': status, 'content-length': '400' }, { endStream: true });
    });
    const engine = await platform(t, app.port);
    const client = await engine.connect();
    const head = await client.send('HEAD / HTTP/1.1\r\nHost: app.test\r\n\r\n').response(true);
    assert.deepEqual(valuesOf(head, 'Content-Length'), ['400']);
    const notModified = await client.send(get('app.test')).response();
    assert.equal(statusOf(notModified), 304);
    assert.deepEqual(valuesOf(notModified, 'Content-Length'), ['400']);
  });

  test('1xx responses go on to the client', async (t) => {
    const app = await h2cApp(t, (stream, asked) => {
      stream.additionalHeaders({ ':status': 103, link: '</a.css>' });
      hello(stream, asked);
    });
    const engine = await platform(t, app.port);
    const client = await engine.connect();
    const early = await client.send(get('app.test')).response();
    assert.equal(statusOf(early), 103);
    assert.deepEqual(valuesOf(early, 'link'), ['</a.css>']);
    assert.equal((await client.response()).body, 'hello');
  });
});

describe('T23 what a backend does with a stream', () => {
  const POST = 'POST / HTTP/1.1\r\nHost: app.test\r\nContent-Length: 3\r\n\r\nabc';

  /** Refuses by `refuse` whatever comes over its first connection, and answers what comes over later ones. */
  async function refusing(t: TestContext, refuse: (connection: FramesConnection, stream: number) => void) {
    const server = await startFramesServer(t, (frame: Frame, connection) => {
      const ends = (frame.type === HEADERS || frame.type === DATA) && (frame.flags & END_STREAM) !== 0;
      if (!ends) return;
      if (connection === server.connections[0]) refuse(connection, frame.stream);
      else connection.respond(frame.stream, END_STREAM, [[':status', '204']]);
    });
    return server;
  }

  test('REFUSED_STREAM: sent again, POST too', async (t) => {
    const server = await refusing(t, (connection, stream) => connection.reset(stream, 7));
    const engine = await platform(t, server.port);
    assert.equal(statusOf(await ask(engine, POST)), 204);
    assert.equal(server.connections.length, 2);
    assert.equal(engine.failed, 0);
  });

  test('GOAWAY below the stream: sent again, POST too', async (t) => {
    const server = await refusing(t, (connection) => connection.goAway(0, 0));
    const engine = await platform(t, server.port);
    assert.equal(statusOf(await ask(engine, POST)), 204);
    assert.equal(server.connections.length, 2);
  });

  test('GOAWAY with an error below the stream: sent again, POST too', async (t) => {
    const server = await refusing(t, (connection) => connection.goAway(0, 11));
    const engine = await platform(t, server.port);
    assert.equal(statusOf(await ask(engine, POST)), 204);
  });

  test('GOAWAY above the stream: it is answered, the next goes elsewhere', async (t) => {
    const server = await refusing(t, (connection, stream) => {
      connection.goAway(stream, 0).respond(stream, END_STREAM, [[':status', '205']]);
    });
    const engine = await platform(t, server.port);
    assert.equal(statusOf(await ask(engine, POST)), 205);
    assert.equal(statusOf(await ask(engine, POST)), 204);
  });

  test('HTTP_1_1_REQUIRED: the request goes over HTTP/1.1', async (t) => {
    const server = await refusing(t, (connection, stream) => connection.reset(stream, 13));
    const engine = await platform(t, server.port);
    const client = await engine.connect();
    client.send(POST);
    await engine.until(() => server.connections.length === 2);
    client.close();
    await engine.isEmpty();
  });

  for (const [what, refuse] of [
    ['reset with CANCEL', (connection, stream) => connection.reset(stream, 8)],
    ['reset with INTERNAL_ERROR', (connection, stream) => connection.reset(stream, 2)],
    ['a lost connection', (connection) => connection.destroy()],
    ['GOAWAY above the stream with an error', (connection, stream) => connection.goAway(stream, 2)],
  ] satisfies [string, (connection: FramesConnection, stream: number) => void][]) {
    test(`${what}: POST is not sent again`, async (t) => {
      const servers = [await refusing(t, refuse), await refusing(t, refuse)];
      const engine = await platform(t, ...servers.map(({ port }) => port));
      assert.equal(statusOf(await ask(engine, POST)), 502);
      assert.equal(servers.flatMap(({ connections }) => connections).length, 1);
      await engine.isEmpty();
    });
  }

  test('reset with CANCEL: GET goes to another endpoint', async (t) => {
    const cancelling = await startFramesServer(t, (frame, connection) => {
      if (frame.type === HEADERS) connection.reset(frame.stream, 8);
    });
    const app = await h2cApp(t);
    const engine = await platform(t, cancelling.port, app.port);
    for (let i = 0; i < 4; i++) assert.equal((await ask(engine)).body, 'hello');
    assert.ok(engine.proxy.context.counters.get(RETRIES) > 0);
  });

  for (const [what, cut] of [
    ['RST_STREAM', (connection, stream) => connection.reset(stream, 2)],
    ['RST_STREAM with NO_ERROR', (connection, stream) => connection.reset(stream, 0)],
    ['the end of the connection', (connection) => connection.destroy()],
  ] satisfies [string, (connection: FramesConnection, stream: number) => void][]) {
    test(`B04 a response cut off by ${what} is seen to be`, async (t) => {
      const server = await startFramesServer(t, (frame, connection) => {
        if (frame.type !== HEADERS) return;
        connection.respond(frame.stream, 0, [
          [':status', '200'],
          ['content-length', '10'],
        ]);
        connection.send(DATA, 0, frame.stream, 'half');
        cut(connection, frame.stream);
      });
      const engine = await platform(t, server.port);
      const client = await engine.connect();
      client.send(get('app.test'));
      await client.closed;
      assert.match(client.received, /\r\n\r\nhalf$/);
      await engine.isEmpty();
    });
  }

  test('B04 a response without a length that is cut off has no last chunk', async (t) => {
    const server = await startFramesServer(t, (frame, connection) => {
      if (frame.type !== HEADERS) return;
      connection.respond(frame.stream, 0, [[':status', '200']]).send(DATA, 0, frame.stream, 'half');
      connection.reset(frame.stream, 2);
    });
    const engine = await platform(t, server.port);
    const client = await engine.connect();
    client.send(get('app.test'));
    await client.closed;
    assert.match(client.received, /4\r\nhalf\r\n$/);
    await engine.isEmpty();
  });

  test('a limit of one stream at a time makes more connections', async (t) => {
    const held: [FramesConnection, number][] = [];
    const server = await startFramesServer(
      t,
      (frame, connection) => {
        if (frame.type === HEADERS) held.push([connection, frame.stream]);
      },
      [[3, 1]],
    );
    const engine = await platform(t, server.port);
    const first = ask(engine);
    await engine.until(() => held.length === 1);
    const second = ask(engine);
    await engine.until(() => held.length === 2);
    const third = ask(engine);
    await engine.until(() => held.length === 3);
    for (const [connection, stream] of held) connection.respond(stream, END_STREAM, [[':status', '204']]);
    assert.deepEqual((await Promise.all([first, second, third])).map(statusOf), [204, 204, 204]);
    assert.equal(server.connections.length, 3);
    await engine.isEmpty();
  });

  test('B01 a response with a length it does not keep is a bad gateway or cut off', async (t) => {
    const server = await startFramesServer(t, (frame, connection) => {
      if (frame.type !== HEADERS) return;
      connection.respond(frame.stream, 0, [
        [':status', '200'],
        ['content-length', '3'],
      ]);
      connection.send(DATA, END_STREAM, frame.stream, 'too long');
    });
    const engine = await platform(t, server.port);
    const client = await engine.connect();
    client.send(get('app.test'));
    await client.closed;
    assert.doesNotMatch(client.received, /too long/);
    await engine.isEmpty();
  });

  test('B16 a status that is none is a bad gateway', async (t) => {
    const server = await startFramesServer(t, (frame, connection) => {
      if (frame.type === HEADERS) connection.respond(frame.stream, END_STREAM, [[':status', '99x']]);
    });
    const engine = await platform(t, server.port);
    assert.equal(statusOf(await ask(engine)), 502);
    await engine.isEmpty();
  });

  test('B12 1xx responses of more than 256 KiB are too many', async (t) => {
    const server = await startFramesServer(t, (frame, connection) => {
      if (frame.type !== HEADERS) return;
      const hint = ['link', 'x'.repeat(15_000)] as const;
      for (let i = 0; i < 20; i++) connection.respond(frame.stream, 0, [[':status', '103'], hint]);
    });
    const engine = await platform(t, server.port);
    const client = await engine.connect();
    client.send(get('app.test'));
    await client.until('502 Bad Gateway');
    client.close();
    await engine.isEmpty();
  });
});

test('F27 a request that its client cuts off does not look whole to the backend', async (t) => {
  const server = await startFramesServer(t, () => {});
  const engine = await platform(t, server.port);
  for (const framing of [
    'Content-Length: 10\r\n\r\nhalf',
    'Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n',
  ]) {
    const client = await engine.connect();
    client.send(`POST / HTTP/1.1\r\nHost: app.test\r\n${framing}`);
    const at = () => server.connections[0]?.frames.filter(({ type }) => type === DATA).length ?? 0;
    const before = at();
    await engine.until(() => at() > before);
    client.close();
    await engine.until(() => engine.inFlight === 0);
  }
  const [connection] = server.connections as [FramesConnection];
  await engine.until(() => connection.of(RST_STREAM, 1).length + connection.of(RST_STREAM, 3).length === 2);
  const ended = connection.frames.filter(({ type, flags }) => type <= HEADERS && (flags & END_STREAM) !== 0);
  assert.deepEqual(ended, []);
});

test('B22 a client that reads slowly holds up nobody else on the same connection', async (t) => {
  const piece = Buffer.alloc(256 * 1024, 'x');
  let written = 0;
  const app = await h2cApp(t, (stream, asked) => {
    if (asked.headers[':path'] !== '/endless') {
      hello(stream, asked);
      return;
    }
    stream.respond({ ':status': 200 });
    const more = (): void => {
      do written += piece.length;
      while (!stream.destroyed && stream.write(piece));
    };
    stream.on('drain', more);
    more();
  });
  const engine = await platform(t, app.port);
  const slow = await engine.connect();
  slow.socket.pause();
  slow.send('GET /endless HTTP/1.1\r\nHost: app.test\r\n\r\n');
  await engine.untilSteady(() => written);
  for (let i = 0; i < 20; i++) assert.equal((await ask(engine)).body, 'hello');
  assert.equal(app.sessions, 1);
  slow.close();
  await engine.isEmpty();
});

test('§2.6 an endpoint that does not answer in time is given up, and the client told', async (t) => {
  const server = await startFramesServer(t, () => {});
  const engine = await HttpEngine.start(t, { firstByteTimeout: 50 });
  engine.routeToEndpoint('app.test', { host: '127.0.0.1', port: server.port, protocol: 'http2' });
  const response = await ask(engine);
  assert.equal(statusOf(response), 502);
  await engine.until(() => server.connections[0]!.of(RST_STREAM, 1).length === 1);
  await engine.isEmpty();
});

test('X06 idle connections are closed when their endpoint has no route any more', async (t) => {
  const app = await h2cApp(t);
  const engine = await platform(t, app.port);
  await ask(engine);
  assert.equal(engine.upstreams, 1);
  engine.proxy.backends.retireAll();
  await engine.until(() => engine.upstreams === 0);
});

test('§3.12 an endpoint with an IPv6 address is asked over HTTP/2 as any other', async (t) => {
  const server = createServer().on('stream', hello);
  server.listen(0, '::1');
  await once(server, 'listening');
  t.onTestFinished(() => void server.close());
  const engine = await HttpEngine.start(t);
  const { port } = server.address() as AddressInfo;
  engine.routeToEndpoint('app.test', { host: '::1', port, protocol: 'http2' });
  assert.equal((await ask(engine)).body, 'hello');
  assert.deepEqual([engine.panics, engine.failed], [0, 0]);
});
