import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:http2';
import { describe, type TestContext, test } from 'vitest';
import type { HttpSettings } from '../../src/http/settings.ts';
import { SPANS_DROPPED } from '../../src/telemetry/counters.ts';
import type { Span } from '../../src/telemetry/span.ts';
import { type Answer, Backend, ok } from '../support/backend.ts';
import { freePort } from '../support/free-port.ts';
import { HTTP_2, HttpEngine } from '../support/http-engine.ts';
import { get, statusOf, valuesOf } from '../support/raw-http.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const PARENT = '00f067aa0ba902b7';
const TRACED = [`traceparent: 00-${TRACE}-${PARENT}-01`];

const ALL = { b3: false, w3c: false, tenant: '', sampling: { parentBased: true, ratio: 1 } };

async function scene(t: TestContext, answer: Answer = () => ok(), settings: Partial<HttpSettings> = {}) {
  const engine = await HttpEngine.start(t, { tracing: ALL, ...settings });
  const app = await Backend.start(t, answer);
  engine.routeToEndpoint('app.test', endpoint(app.port));
  const told: Span[] = [];
  engine.proxy.ledger.spans.tell = (spans) => void told.push(...spans);
  /** Those of the exchange that has ended, which come together. */
  const spans = async (count?: number): Promise<Span[]> => {
    await engine.until(() => {
      engine.proxy.ledger.spans.flush();
      return told.length > 0;
    });
    if (count !== undefined) assert.equal(told.length, count);
    engine.proxy.ledger.spans.taken(told.length);
    return told.splice(0);
  };
  const send = async (text: string) => {
    const client = await engine.connect();
    t.onTestFinished(() => client.close());
    return client.send(text).response();
  };
  return { engine, app, spans, send };
}

function endpoint(port: number) {
  return { host: '127.0.0.1', port, appId: 'shop', instanceId: 'shop-1', instanceIndex: '3' };
}

test('an exchange becomes a span of the caller’s trace, and its attempt one that the backend has for parent', async (t) => {
  const before = Date.now();
  const { app, spans, send } = await scene(t);
  const lines = [...TRACED, 'User-Agent: tester/1', 'tracestate: a=1'];
  const answer = await send(get('app.test:80', '/cart/1?item=2&sig=c2VjcmV0', lines));
  assert.equal(statusOf(answer), 200);
  const [server, attempt] = (await spans(2)) as [Span, Span];
  assert.deepEqual(
    [server.traceId, server.parentId, server.isEntry, server.kind, server.name, server.failed],
    [TRACE, PARENT, true, 'server', 'GET app.test', false],
  );
  const [request] = app.requests;
  assert.deepEqual(valuesOf(request!, 'traceparent'), [`00-${TRACE}-${attempt.spanId}-01`]);
  assert.deepEqual(valuesOf(request!, 'tracestate'), ['a=1']);
  const { 'network.peer.port': port, ...attributes } = server.attributes;
  assert.equal(typeof port, 'number');
  assert.deepEqual(attributes, {
    'http.request.method': 'GET',
    'url.scheme': 'http',
    'url.path': '/cart/1',
    'url.query': 'item=2&sig=REDACTED',
    'server.address': 'app.test',
    'server.port': 80,
    'client.address': '127.0.0.1',
    'network.peer.address': '127.0.0.1',
    'network.protocol.version': '1.1',
    'user_agent.original': 'tester/1',
    'http.route': 'app.test',
    'http.response.status_code': 200,
    'cellgate.request_id': valuesOf(request!, 'X-Vcap-Request-Id')[0],
    'cellgate.app_id': 'shop',
    'cellgate.instance_id': 'shop-1',
    'cellgate.instance_index': '3',
  });
  assert.deepEqual(
    [attempt.traceId, attempt.parentId, attempt.isEntry, attempt.kind, attempt.name, attempt.failed],
    [TRACE, server.spanId, false, 'client', 'GET', false],
  );
  assert.deepEqual(attempt.attributes, {
    'http.request.method': 'GET',
    'server.address': '127.0.0.1',
    'server.port': app.port,
    'network.peer.address': '127.0.0.1',
    'network.peer.port': app.port,
    'url.full': `http://127.0.0.1:${app.port}/cart/1?item=2&sig=REDACTED`,
    'cellgate.app_id': 'shop',
    'cellgate.instance_id': 'shop-1',
    'cellgate.instance_index': '3',
    'http.response.status_code': 200,
  });
  assert.ok(server.startedAt >= before - 1 && server.startedAt <= attempt.startedAt);
  assert.ok(attempt.startedAt <= attempt.endedAt && attempt.endedAt <= server.endedAt);
});

test('a request whose caller has it not sampled passes as it is, and becomes nothing', async (t) => {
  const { app, spans, send } = await scene(t);
  const line = `traceparent: 00-${TRACE}-${PARENT}-00`;
  await send(get('app.test', '/', [line, 'tracestate: a=1', 'tracestate: b=2']));
  assert.deepEqual(valuesOf(app.requests[0]!, 'traceparent'), [line.slice('traceparent: '.length)]);
  assert.deepEqual(valuesOf(app.requests[0]!, 'tracestate'), ['a=1', 'b=2']);
  await send(get('app.test', '/sampled'));
  const [server] = await spans(2);
  assert.equal(server!.attributes['url.path'], '/sampled');
});

test('each attempt is a span under an id of its own, and says why it came to nothing', async (t) => {
  const { engine, app, spans, send } = await scene(t);
  const gone = await freePort();
  engine.routeToEndpoint('half.test', endpoint(gone), endpoint(app.port));
  let all: Span[] = [];
  // Whose turn is first is by chance; where it is the other's, it is this one's next.
  while (all.length < 3) {
    await send(get('half.test', '/', TRACED));
    all = await spans();
  }
  const [server, first, second] = all as [Span, Span, Span];
  assert.deepEqual(
    [first.attributes['server.port'], first.attributes['error.type'], first.failed],
    [gone, 'dial', true],
  );
  assert.deepEqual(
    [second.attributes['server.port'], second.attributes['http.request.resend_count'], second.failed],
    [app.port, 1, false],
  );
  assert.deepEqual(
    [server.attributes['cellgate.retries'], server.attributes['http.response.status_code'], server.failed],
    [1, 200, false],
  );
  assert.deepEqual([first.parentId, second.parentId], [server.spanId, server.spanId]);
  assert.equal(new Set(all.map(({ spanId }) => spanId)).size, all.length);
  assert.deepEqual(valuesOf(app.requests.at(-1)!, 'traceparent'), [`00-${TRACE}-${second.spanId}-01`]);
  assert.ok(first.endedAt <= second.startedAt);
});

describe('a span that has failed', () => {
  test('says by what class the router answered 502', async (t) => {
    const { engine, spans, send } = await scene(t);
    engine.routeToEndpoint('gone.test', endpoint(await freePort()));
    assert.equal(statusOf(await send(get('gone.test'))), 502);
    const [server, attempt] = (await spans(2)) as [Span, Span];
    assert.deepEqual(
      [server.failed, server.attributes['error.type'], server.attributes['http.response.status_code']],
      [true, 'dial', 502],
    );
    assert.match(String(server.attributes['cellgate.router_error']), /^endpoint_failure \(dial/);
    assert.deepEqual([attempt.failed, attempt.attributes['error.type']], [true, 'dial']);
  });

  test('of a response that breaks off has the status that had begun', async (t) => {
    const { spans, send } = await scene(t, (_, { socket }) => {
      socket.end('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf');
      return undefined;
    });
    await send(get('app.test')).catch(() => {});
    for (const span of await spans(2)) {
      assert.deepEqual(
        [span.failed, span.attributes['error.type'], span.attributes['http.response.status_code']],
        [true, 'truncated', 200],
      );
    }
  });

  test('is one of the application’s own where its status says so: 5xx for both, 4xx for the attempt alone', async (t) => {
    for (const [status, failed] of [
      [500, [true, true]],
      [404, [false, true]],
      [302, [false, false]],
    ] as const) {
      const { spans, send } = await scene(t, () => `HTTP/1.1 ${status} X\r\nContent-Length: 0\r\n\r\n`);
      await send(get('app.test'));
      const found = await spans(2);
      assert.deepEqual(
        found.map((span) => span.failed),
        failed,
      );
      for (const span of found.filter((each) => each.failed)) {
        assert.equal(span.attributes['error.type'], String(status));
      }
    }
  });

  test('is not one of a request that the router refuses, nor of a client that has gone', async (t) => {
    const { engine, app, spans, send } = await scene(t, () => undefined);
    assert.equal(statusOf(await send(get('nobody.test'))), 404);
    const [refused] = (await spans(1)) as [Span];
    assert.deepEqual(
      [refused.name, refused.failed, refused.attributes['cellgate.router_error']],
      ['GET', false, 'unknown_route'],
    );
    const client = await engine.connect();
    client.send(get('app.test'));
    await app.until(() => app.requests.length === 1);
    client.socket.resetAndDestroy();
    const [server, attempt] = (await spans(2)) as [Span, Span];
    assert.deepEqual([server.failed, attempt.failed], [false, false]);
    assert.equal(attempt.attributes['cellgate.outcome'], 'abandoned');
    assert.equal(attempt.attributes['http.response.status_code'], undefined);
  });
});

test('a WebSocket is a span from its request to the end of its tunnel', async (t) => {
  const { engine, spans } = await scene(
    t,
    () => 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
  );
  const client = await engine.connect();
  client.send(get('app.test', '/', ['Connection: Upgrade', 'Upgrade: websocket', ...TRACED]));
  assert.equal(statusOf(await client.response()), 101);
  engine.proxy.ledger.spans.flush();
  client.socket.end();
  const [server, attempt] = (await spans(2)) as [Span, Span];
  assert.deepEqual([server.attributes['http.response.status_code'], server.failed], [101, false]);
  assert.deepEqual(
    [attempt.attributes['cellgate.upgrade'], attempt.attributes['http.response.status_code'], attempt.failed],
    ['websocket', 101, false],
  );
});

test('a stream of HTTP/2 is an exchange like any other', async (t) => {
  const { engine, app, spans } = await scene(t, () => ok(), { http2: HTTP_2 });
  const session = connect(`http://127.0.0.1:${engine.port}`);
  t.onTestFinished(() => session.destroy());
  const stream = session.request({
    ':authority': 'app.test',
    ':path': '/a?b=c',
    traceparent: `00-${TRACE}-${PARENT}-01`,
  });
  stream.resume();
  await once(stream, 'close');
  const [server, attempt] = (await spans(2)) as [Span, Span];
  assert.deepEqual(
    [server.traceId, server.parentId, server.attributes['network.protocol.version']],
    [TRACE, PARENT, '2'],
  );
  assert.deepEqual([server.attributes['url.path'], server.attributes['url.query']], ['/a', 'b=c']);
  assert.deepEqual(valuesOf(app.requests[0]!, 'traceparent'), [`00-${TRACE}-${attempt.spanId}-01`]);
});

describe('what a client has sent', () => {
  for (const redactQuery of ['all', 'hash'] as const) {
    test(`has no query with redact_query_params ${redactQuery}, whatever the method`, async (t) => {
      const { engine, spans } = await scene(t);
      const { settings } = engine.proxy.context;
      engine.proxy.reload({ ...settings, accessLog: { ...settings.accessLog, redactQuery } });
      const client = await engine.connect();
      for (const method of ['GET', 'POST']) {
        client.send(`${method} /a?secret=1 HTTP/1.1\r\nHost: app.test\r\nContent-Length: 0\r\n\r\n`);
        await client.response();
        const text = JSON.stringify(await spans(2));
        assert.ok(!text.includes('secret'));
        assert.equal(text.includes('"url.query":"hash='), redactQuery === 'hash');
      }
      client.close();
    });
  }

  test('has no address that the log may not have', async (t) => {
    const { spans, send } = await scene(t, () => ok(), {
      logSourceAddress: false,
      logForwardedFor: false,
    });
    await send(get('app.test', '/', ['X-Forwarded-For: 192.0.2.7']));
    const [server] = (await spans(2)) as [Span];
    for (const name of ['client.address', 'network.peer.address', 'network.peer.port']) {
      assert.equal(server.attributes[name], undefined);
    }
  });

  test('names it by who is said to have asked first, and by the scheme that proxies tell', async (t) => {
    const { spans, send } = await scene(t);
    await send(get('app.test', '/', ['X-Forwarded-For: 192.0.2.7, 10.0.0.1', 'X-Forwarded-Proto: https']));
    const [server] = (await spans(2)) as [Span];
    assert.deepEqual(
      [server.attributes['client.address'], server.attributes['url.scheme']],
      ['192.0.2.7', 'https'],
    );
  });

  test('is a method of its own only where that is known, and text where it is any', async (t) => {
    const { spans, send } = await scene(t);
    const made = `M${'X'.repeat(20)}`;
    await send(
      `${made} /\xc3\xa9\xff HTTP/1.1\r\nHost: app.test\r\nUser-Agent: \xc3\xa9${'u'.repeat(5000)}\r\n\r\n`,
    ).catch(() => {});
    const [server] = await spans(2);
    assert.deepEqual(
      [
        server!.name,
        server!.attributes['http.request.method'],
        server!.attributes['http.request.method_original'],
      ],
      ['HTTP app.test', '_OTHER', made],
    );
    assert.equal(server!.attributes['url.path'], '/é\ufffd');
    assert.match(String(server!.attributes['user_agent.original']), /^éu{1998}$/);
  });
});

test('spans that nobody takes are dropped and counted, and cost no request', async (t) => {
  const { engine } = await scene(t);
  let told = 0;
  engine.proxy.ledger.spans.tell = (spans) => {
    told += spans.length;
  };
  const client = await engine.connect();
  t.onTestFinished(() => client.close());
  for (let i = 0; i < 2200; i++) {
    assert.equal(statusOf(await client.send(get('app.test')).response()), 200);
  }
  engine.proxy.ledger.spans.flush();
  const dropped = engine.proxy.context.counters.get(SPANS_DROPPED);
  assert.equal(told + dropped, 4400);
  assert.ok(dropped > 0 && told <= 4098, `${told} told, ${dropped} dropped`);
});
