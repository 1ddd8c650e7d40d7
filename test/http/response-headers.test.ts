import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'vitest';
import { responseRewrite } from '../../src/http/policy/response-rewrite.ts';
import type { HttpSettings } from '../../src/http/settings.ts';
import { Backend, ok } from '../support/backend.ts';
import { HttpEngine } from '../support/http-engine.ts';
import { ask, get, statusOf, valuesOf } from '../support/raw-http.ts';

async function start(t: TestContext, settings: Partial<HttpSettings> = {}) {
  const engine = await HttpEngine.start(t, settings);
  const app = await Backend.start(t);
  engine.route('app.test', app.port);
  return { engine, app };
}

function asking(lines: string): string {
  return `GET / HTTP/1.1\r\nHost: app.test\r\n${lines}\r\n\r\n`;
}

const REWRITE = responseRewrite(
  [{ name: 'server' }, { name: 'X-Vcap-Request-Id' }],
  [
    { name: 'x-frame-options', value: 'DENY' },
    { name: 'Server', value: 'edge' },
  ],
);

describe('§3.4 a response', () => {
  test('§3.4 gets X-Vcap-Request-Id when it has none, and keeps its own', async (t) => {
    const { engine, app } = await start(t);
    const added = valuesOf(await ask(engine.port, get('app.test')), 'X-Vcap-Request-Id');
    assert.deepEqual(added, valuesOf(app.requests[0]!, 'X-Vcap-Request-Id'));
    app.answer = () => ok('ok', 'x-vcap-request-id: mine\r\n');
    assert.deepEqual(valuesOf(await ask(engine.port, get('app.test')), 'X-Vcap-Request-Id'), ['mine']);
  });

  test('§3.4 never carries X-CF-Proxy-Signature, and its Server and Date are its own', async (t) => {
    const { engine, app } = await start(t);
    app.answer = () => ok('ok', 'X-Cf-Proxy-Signature: s\r\nServer: mine\r\nDate: then\r\n');
    const response = await ask(engine.port, get('app.test'));
    assert.deepEqual(valuesOf(response, 'X-CF-Proxy-Signature'), []);
    assert.deepEqual([valuesOf(response, 'Server'), valuesOf(response, 'Date')], [['mine'], ['then']]);
  });

  test('§3.4 has no X-Cf-RouterError that the router has not said', async (t) => {
    const { engine, app } = await start(t);
    app.answer = () => ok('ok', 'X-Cf-RouterError: unknown_route\r\n');
    const response = await ask(engine.port, get('app.test'));
    assert.deepEqual([statusOf(response), valuesOf(response, 'X-Cf-RouterError')], [200, []]);
    assert.match(engine.accessLog[0]!, / x_cf_routererror:"-"/);
  });

  test('§3.4 tells who knows the trace key about the routing, in place of what the application says', async (t) => {
    const { engine, app } = await start(t, { traceKey: 'open', routerAddress: '10.0.0.9' });
    app.answer = () => ok('ok', 'X-Vcap-Backend: forged\r\n');
    const told = await ask(engine.port, asking('X-Vcap-Trace: open'));
    const address = `127.0.0.1:${app.port}`;
    assert.deepEqual(valuesOf(told, 'X-Vcap-Router'), ['10.0.0.9']);
    assert.deepEqual(valuesOf(told, 'X-Vcap-Backend'), [address]);
    assert.deepEqual(valuesOf(told, 'X-Cf-RouteEndpoint'), [address]);
  });

  for (const [key, lines] of [
    ['open', 'X-Vcap-Trace: closed'],
    ['open', 'X-Other: open'],
    ['', 'X-Vcap-Trace:'],
  ] as const) {
    test(`§3.4 tells nobody else: key "${key}", ${lines}`, async (t) => {
      const { engine } = await start(t, { traceKey: key });
      const response = await ask(engine.port, asking(lines));
      assert.equal(statusOf(response), 200);
      assert.deepEqual(valuesOf(response, 'X-Vcap-Backend'), []);
    });
  }
});

describe('§3.4 http_rewrite', () => {
  test('§3.4 rewrites an application’s response, X-Vcap-Request-Id too', async (t) => {
    const { engine, app } = await start(t, { responseRewrite: REWRITE });
    app.answer = () => ok('body', 'Server: app\r\nX-FRAME-OPTIONS: SAMEORIGIN\r\n');
    const response = await ask(engine.port, get('app.test'));
    assert.deepEqual(valuesOf(response, 'Server'), ['edge']);
    assert.deepEqual(valuesOf(response, 'X-Frame-Options'), ['SAMEORIGIN']);
    assert.deepEqual(valuesOf(response, 'X-Vcap-Request-Id'), []);
    assert.deepEqual([response.body, valuesOf(response, 'Content-Length')], ['body', ['4']]);
  });

  test('§3.4 rewrites what the router answers itself', async (t) => {
    const { engine } = await start(t, { responseRewrite: REWRITE });
    const response = await ask(engine.port, get('unknown.test'));
    assert.equal(statusOf(response), 404);
    assert.deepEqual(valuesOf(response, 'X-Frame-Options'), ['DENY']);
    assert.deepEqual(valuesOf(response, 'X-Vcap-Request-Id'), []);
    assert.match(response.body, /unknown\.test/);
  });

  test('§3.4 rewrites a 103 too', async (t) => {
    const { engine, app } = await start(t, { responseRewrite: REWRITE });
    app.answer = () => `HTTP/1.1 103 Early Hints\r\nLink: </a>\r\nServer: app\r\n\r\n${ok()}`;
    const client = await engine.connect();
    const early = await client.send(get('app.test')).response();
    assert.deepEqual(early.lines, ['Link: </a>', 'X-Frame-Options: DENY', 'Server: edge']);
    assert.equal(statusOf(await client.response()), 200);
    client.close();
  });
});
