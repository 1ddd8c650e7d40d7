import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'vitest';
import type { HttpSettings } from '../../src/http/settings.ts';
import { Backend, ok } from '../support/backend.ts';
import { HttpEngine } from '../support/http-engine.ts';
import { statusOf, valuesOf } from '../support/raw-http.ts';

async function start(t: TestContext, settings: Partial<HttpSettings> = {}) {
  const engine = await HttpEngine.start(t, settings);
  const app = await Backend.start(t);
  engine.route('app.test', app.port);
  return { engine, app, client: await engine.connect() };
}

/** GET + /x + HTTP/1.1 + 4, Host + 8, X-A + value + 4, as gorouter adds it up. */
const SIZE = 3 + 2 + 8 + 4 + 'app.test'.length + 8 + 'X-A'.length + 2 + 4;
const HEAD = 'GET /x HTTP/1.1\r\nHost: app.test\r\nX-A:12\r\n\r\n';

describe('§3.8 max_request_header_bytes', () => {
  test('§3.3 §3.8 answers 431 without a body at the limit, logs the application and ends the connection', async (t) => {
    const { engine, app, client } = await start(t, { headerBounds: { bytes: SIZE, fields: 1000 } });
    const response = await client.send(HEAD).response();
    assert.equal(response.start, 'HTTP/1.1 431 Request Header Fields Too Large');
    assert.deepEqual(valuesOf(response, 'X-Cf-RouterError'), ['max-request-size-exceeded']);
    assert.deepEqual([response.body, valuesOf(response, 'Connection')], ['', ['close']]);
    assert.equal(await client.closed, 'end');
    assert.equal(app.connections.length, 0);
    assert.match(engine.accessLog[0]!, / 431 0 0 .* app_id:"app" app_index:"0" .*max-request-size-exceeded/);
    client.close();
    await engine.isEmpty();
  });

  test('§3.8 lets what is below it pass', async (t) => {
    const { client } = await start(t, { headerBounds: { bytes: SIZE + 1, fields: 1000 } });
    assert.equal(statusOf(await client.send(HEAD).response()), 200);
    client.close();
  });

  test('§3.8 an unknown route is 404 however large the head is', async (t) => {
    const { client } = await start(t, { headerBounds: { bytes: 1, fields: 1000 } });
    assert.equal(statusOf(await client.send(HEAD.replace('app', 'pap')).response()), 404);
    client.close();
  });
});

describe('§3.8 max_request_headers', () => {
  for (const [count, status] of [
    [3, 200],
    [4, 431],
  ] as const) {
    test(`§3.8 of 3 answers ${status} to ${count} lines, Host not counted`, async (t) => {
      const { client } = await start(t, { headerBounds: { bytes: 1_000_000, fields: 3 } });
      const lines = 'A: b\r\n'.repeat(count);
      const head = `GET / HTTP/1.1\r\n${lines}Host: app.test\r\n\r\n`;
      assert.equal(statusOf(await client.send(head).response()), status);
      client.close();
    });
  }
});

describe('§3.8 limits of responses', () => {
  const LIMITS = { bytes: 1000, fields: 3, target: 0 };
  for (const [what, headers, cause] of [
    ['max_response_headers', 'A: b\r\n'.repeat(3), 'Too many response headers'],
    [
      'max_response_header_bytes',
      `A: ${'b'.repeat(1000)}\r\n`,
      'net/http: server response headers exceeded 1000 bytes; aborted',
    ],
  ] as const) {
    test(`§3.8 ${what}: 502, and not tried again`, async (t) => {
      const { engine, app, client } = await start(t, { responseHead: LIMITS });
      app.answer = () => ok('ok', headers);
      const response = await client.send(HEAD).response();
      assert.equal(statusOf(response), 502);
      assert.deepEqual(valuesOf(response, 'X-Cf-RouterError'), [`endpoint_failure (${cause})`]);
      assert.equal(app.requests.length, 1);
      client.close();
      await engine.isEmpty();
    });
  }
});
