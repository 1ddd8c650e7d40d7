import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'vitest';
import type { HttpSettings } from '../../src/http/settings.ts';
import { Backend, ok } from '../support/backend.ts';
import { HttpEngine } from '../support/http-engine.ts';
import { ask, get, statusOf, valuesOf } from '../support/raw-http.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN = '00f067aa0ba902b7';
const REQUEST_ID = '4bf92f35-77b3-4da6-a3ce-929d0e0e4736';

async function start(t: TestContext, settings: Partial<HttpSettings> = {}) {
  const engine = await HttpEngine.start(t, settings);
  const app = await Backend.start(t);
  engine.route('app.test', app.port);
  const send = async (target: string, ...lines: readonly string[]) => {
    const head = [`GET ${target} HTTP/1.1`, 'Host: app.test', ...lines, '', ''].join('\r\n');
    const response = await ask(engine.port, head);
    return { response, request: app.requests.at(-1)! };
  };
  return { engine, app, send };
}

describe('§3.4 a request', () => {
  test('§3.4 says who the instance is, whatever the client claims', async (t) => {
    const { send } = await start(t);
    const { request } = await send(
      '/',
      'X-CF-ApplicationID: forged',
      'x-cf-instanceindex: forged',
      'X-Cf-InstanceId: forged',
      'X-Vcap-Request-Id: forged',
    );
    assert.deepEqual(valuesOf(request, 'X-CF-ApplicationID'), ['app']);
    assert.deepEqual(valuesOf(request, 'X-CF-InstanceIndex'), ['0']);
    assert.deepEqual(valuesOf(request, 'X-CF-InstanceID'), ['instance-0']);
    assert.doesNotMatch(request.lines.join(), /forged/);
  });

  test('§3.4 keeps the X-Request-Start it has, and User-Agent stays absent', async (t) => {
    const { send } = await start(t);
    const { request } = await send('/', 'X-Request-Start: t=12');
    assert.deepEqual(valuesOf(request, 'X-Request-Start'), ['t=12']);
    assert.deepEqual(valuesOf(request, 'User-Agent'), []);
  });

  test('§3.4 keeps Forwarded and X-Forwarded-Host', async (t) => {
    const { send } = await start(t);
    const { request } = await send('/', 'Forwarded: for=1.2.3.4', 'X-Forwarded-Host: other.test');
    assert.deepEqual(valuesOf(request, 'Forwarded'), ['for=1.2.3.4']);
    assert.deepEqual(valuesOf(request, 'X-Forwarded-Host'), ['other.test']);
  });

  for (const target of ['//other.test/x', '/a//b/../%2F%2f;p=1?', '///', '/?', '/x?a;b', '/%zz']) {
    test(`§3.4 reaches the application with its target byte for byte: ${target}`, async (t) => {
      const { send } = await start(t);
      assert.equal((await send(target)).request.start, `GET ${target} HTTP/1.1`);
    });
  }

  test('§3.3 that has passed through hundreds of proxies goes round in a circle: 508', async (t) => {
    const { app, send } = await start(t);
    const way = (length: number) => `X-Forwarded-For: ${'10.0.0.1, '.repeat(length)}10.0.0.1`;
    assert.equal(statusOf((await send('/', way(300))).response), 200);
    const { response } = await send('/', way(500));
    assert.deepEqual(
      [statusOf(response), valuesOf(response, 'X-Cf-RouterError')],
      [508, ['forwarding_loop']],
    );
    assert.equal(app.requests.length, 1);
  });

  test('§2.1 finds a path as it is registered, whatever a URL may hold', async (t) => {
    const { engine, send } = await start(t);
    const other = await Backend.start(t, () => ok('other'));
    engine.route('app.test/a|b', other.port);
    assert.equal((await send('/a|b/c')).response.body, 'other');
    assert.notEqual((await send('/a%7Cb/c')).response.body, 'other');
  });

  test('§3.3 with a semicolon in its target is marked in the access log, not in the response', async (t) => {
    const { engine, send } = await start(t);
    const { response } = await send('/a;b');
    await send('/a');
    assert.deepEqual([statusOf(response), valuesOf(response, 'X-Cf-RouterError')], [200, []]);
    assert.match(engine.accessLog[0]!, / x_cf_routererror:"deprecated-semicolon-params"/);
    assert.match(engine.accessLog[1]!, / x_cf_routererror:"-"/);
  });
});

describe('§3.7 tracing', () => {
  test('§3.7 gives a request both kinds of headers with one trace id, which is its request id', async (t) => {
    const { engine, send } = await start(t, {
      tracing: { b3: true, w3c: true, tenant: 'acme', sampling: null },
    });
    const { request } = await send('/');
    const [trace] = valuesOf(request, 'X-B3-TraceId');
    const [span] = valuesOf(request, 'X-B3-SpanId');
    assert.match(trace!, /^[0-9a-f]{32}$/);
    assert.deepEqual(valuesOf(request, 'b3'), [`${trace}-${span}`]);
    assert.equal(valuesOf(request, 'traceparent')[0]!.slice(3, 35), trace);
    assert.match(valuesOf(request, 'tracestate')[0]!, /^acme@gorouter=[0-9a-f]{16}$/);
    const [id] = valuesOf(request, 'X-Vcap-Request-Id');
    assert.equal(id!.replaceAll('-', ''), trace);
    assert.ok(engine.accessLog[0]!.includes(`vcap_request_id:"${id}"`));
  });

  test('§3.7 passes b3 on as it is', async (t) => {
    const { send } = await start(t, { tracing: { b3: true, w3c: false, tenant: '', sampling: null } });
    const { request } = await send('/', `B3: ${TRACE}-${SPAN}-0`);
    assert.deepEqual(valuesOf(request, 'b3'), [`${TRACE}-${SPAN}-0`]);
    assert.deepEqual(valuesOf(request, 'X-B3-TraceId'), []);
    assert.deepEqual(valuesOf(request, 'X-Vcap-Request-Id'), [REQUEST_ID]);
  });

  test('§3.7 lets a W3C trace go on, with one line of each header', async (t) => {
    const { send } = await start(t, { tracing: { b3: false, w3c: true, tenant: '', sampling: null } });
    const { request } = await send(
      '/',
      `traceparent: 00-${TRACE}-${SPAN}-00`,
      'tracestate: a=1',
      'Connection: traceparent, tracestate',
    );
    assert.match(
      valuesOf(request, 'traceparent').join(),
      new RegExp(`^00-${TRACE}-(?!${SPAN})[0-9a-f]{16}-00$`),
    );
    assert.match(valuesOf(request, 'tracestate').join(), /^gorouter=[0-9a-f]{16},a=1$/);
    assert.deepEqual(valuesOf(request, 'X-Vcap-Request-Id'), [REQUEST_ID]);
  });

  test('§3.7 §6.6 stands in the access log as the application got it', async (t) => {
    const accessLog = {
      ...(await HttpEngine.start(t)).proxy.context.settings.accessLog,
      headers: ['b3', 'traceparent'],
    };
    const { engine, send } = await start(t, {
      accessLog,
      tracing: { b3: true, w3c: true, tenant: '', sampling: null },
    });
    const { request } = await send('/', 'traceparent: nonsense');
    const [b3] = valuesOf(request, 'b3');
    const [parent] = valuesOf(request, 'traceparent');
    assert.ok(engine.accessLog[0]!.includes(` b3:"${b3}" traceparent:"${parent}"`));
  });

  test('§3.7 off leaves all of it alone', async (t) => {
    const { send } = await start(t);
    const { request } = await send('/', 'b3: x', 'traceparent: y');
    assert.deepEqual([valuesOf(request, 'b3'), valuesOf(request, 'traceparent')], [['x'], ['y']]);
  });

  test('§6.7 §3.7 names the trace where a failure is logged', async (t) => {
    const { engine, app, send } = await start(t, {
      tracing: { b3: true, w3c: false, tenant: '', sampling: null },
    });
    app.answer = () => 'nonsense\r\n\r\n';
    await send('/', `b3: ${TRACE}-${SPAN}`);
    const [, data] = engine.log.find(([message]) => message === 'backend-endpoint-failed')!;
    assert.deepEqual([data['trace-id'], data['span-id']], [TRACE, SPAN]);
  });
});

describe('§3.10 Expect: 100-continue', () => {
  for (const [keep, connection] of [
    [false, ['close']],
    [true, []],
  ] as const) {
    test(`§3.10 ${keep ? 'keeps' : 'ends'} the connection to the application with keep_alive_100_continue_requests ${keep}`, async (t) => {
      const { engine, app } = await start(t, { keepAliveAfterContinue: keep });
      app.answer = () => ok();
      const head = 'POST / HTTP/1.1\r\nHost: app.test\r\nExpect: 100-Continue\r\nContent-Length: 2\r\n\r\nhi';
      const client = await engine.connect();
      assert.equal(statusOf(await client.send(head).response()), 200);
      assert.deepEqual(valuesOf(app.requests[0]!, 'Connection'), connection);
      assert.equal(statusOf(await client.send(get('app.test')).response()), 200);
      assert.equal(app.connections.length, keep ? 1 : 2);
      client.close();
    });
  }
});
