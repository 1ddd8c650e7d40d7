import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:http2';
import { describe, type TestContext, test } from 'vitest';
import { proxyErrorOf } from '../../src/http/policy/proxy-status.ts';
import type { HttpSettings } from '../../src/http/settings.ts';
import { parseTemplate } from '../../src/http/template/parse.ts';
import { Backend, ok } from '../support/backend.ts';
import { HTTP_2, HttpEngine } from '../support/http-engine.ts';
import { ask, get, valuesOf } from '../support/raw-http.ts';

/** RFC 9209 §2.3. */
const TYPES = new Set([
  ...['dns_timeout', 'dns_error', 'destination_not_found', 'destination_unavailable'],
  ...['destination_ip_prohibited', 'destination_ip_unroutable', 'connection_refused'],
  ...['connection_terminated', 'connection_timeout', 'connection_read_timeout', 'connection_write_timeout'],
  ...['connection_limit_reached', 'tls_protocol_error', 'tls_certificate_error', 'tls_alert_received'],
  ...['http_request_error', 'http_request_denied', 'http_response_incomplete'],
  ...['http_response_header_section_size', 'http_response_header_size', 'http_response_body_size'],
  ...['http_response_trailer_section_size', 'http_response_trailer_size', 'http_response_transfer_coding'],
  ...['http_response_content_coding', 'http_response_timeout', 'http_upgrade_failed', 'http_protocol_error'],
  ...['proxy_internal_response', 'proxy_internal_error', 'proxy_configuration_error', 'proxy_loop_detected'],
]);

async function start(t: TestContext, settings: Partial<HttpSettings> = {}) {
  const engine = await HttpEngine.start(t, { proxyStatus: true, http2: HTTP_2, ...settings });
  const app = await Backend.start(t, () => ok('fine'));
  engine.route('app.test', app.port);
  engine.routeTo('dead.test', '127.0.0.1', 1);
  engine.routeToEndpoint('empty.test');
  engine.routeByService('service.test', 'https://service.invalid', { host: '127.0.0.1', port: app.port });
  return { engine, app };
}

const APP = '00000000-0000-4000-8000-0000000000b1';
const LOOP = Array.from({ length: 300 }, () => '203.0.113.200').join(', ');
const ROWS: readonly (readonly [what: string, request: string, error: string])[] = [
  ['an unknown route', get('nowhere.test'), 'destination_not_found'],
  ['an empty Host', get(''), 'http_request_error'],
  ['an endpoint that refuses', get('dead.test'), 'connection_refused'],
  [
    'an instance that is not there',
    get('app.test', '/', [`X-CF-APP-INSTANCE: ${APP}:1`]),
    'destination_not_found',
  ],
  ['an instance that is no instance', get('app.test', '/', ['X-CF-APP-INSTANCE: ?']), 'http_request_error'],
  [
    'a request that has come round too often',
    get('app.test', '/', [`X-Forwarded-For: ${LOOP}`]),
    'proxy_loop_detected',
  ],
  ['too large a head', get('app.test', '/', [`X: ${'x'.repeat(3000)}`]), 'http_request_error'],
  ['a head that is none', 'GET / HTTP/1.1\r\nHost: app.test\r\nBad Name: 1\r\n\r\n', 'http_request_error'],
  ['a tunnel', 'CONNECT app.test:443 HTTP/1.1\r\nHost: app.test:443\r\n\r\n', 'http_request_denied'],
  ['a route service without support for any', get('service.test'), 'http_request_denied'],
];

describe('§3.3 Proxy-Status', () => {
  for (const [what, request, error] of ROWS) {
    test(`of ${what} is ${error}`, async (t) => {
      assert.ok(TYPES.has(error));
      const bounds = {
        headerBounds: { bytes: 2000 + LOOP.length * (request.includes(LOOP) ? 1 : 0), fields: 100 },
      };
      const { engine } = await start(t, bounds);
      const response = await ask(engine.port, request);
      assert.deepEqual(valuesOf(response, 'Proxy-Status'), [`cellgate; error=${error}`]);
    });
  }

  test('is in answers over HTTP/2 too, and stays in those of a page', async (t) => {
    const errorPage = parseTemplate('<p>{{.Status}}</p>');
    const { engine } = await start(t, { errorPage });
    const session = connect(`http://127.0.0.1:${engine.port}`);
    t.onTestFinished(() => session.destroy());
    for (const [authority, more, error] of [
      ['nowhere.test', {}, 'destination_not_found'],
      ['dead.test', {}, 'connection_refused'],
      ['app.test', { 'x-cf-app-instance': '?' }, 'http_request_error'],
      ['app.test', { ':method': 'TRACE' }, 'http_request_error'],
    ] as const) {
      const stream = session.request({ ':authority': authority, ...more });
      const [headers] = await once(stream, 'response');
      assert.equal(headers['proxy-status'], `cellgate; error=${error}`, authority);
      stream.resume();
      await once(stream, 'close');
    }
  });

  test('is not in what an application answers, nor in answers that are no errors', async (t) => {
    const { engine, app } = await start(t, { healthcheckUserAgent: 'probe' });
    app.answer = () =>
      'HTTP/1.1 503 Busy\r\nProxy-Status: inner; error=dns_error\r\nContent-Length: 0\r\n\r\n';
    assert.deepEqual(valuesOf(await ask(engine.port, get('app.test')), 'Proxy-Status'), [
      'inner; error=dns_error',
    ]);
    const health = await ask(engine.port, get('app.test', '/', ['User-Agent: probe']));
    assert.deepEqual(valuesOf(health, 'Proxy-Status'), []);
  });

  test('of what the system says of a connection is what it came to', () => {
    for (const [cause, error] of [
      ['dial: timeout', 'connection_timeout'],
      ['dial: EHOSTUNREACH', 'destination_ip_unroutable'],
      ['dial: ENOTFOUND', 'dns_error'],
      ['dial: EAI_AGAIN', 'dns_error'],
      ['dial: EPERM', 'destination_unavailable'],
    ] as const) {
      assert.equal(proxyErrorOf('dial', cause), error);
    }
  });

  test('is not there unless it is configured', async (t) => {
    const { engine } = await start(t, { proxyStatus: false });
    for (const [what, request] of ROWS) {
      assert.deepEqual(valuesOf(await ask(engine.port, request), 'Proxy-Status'), [], what);
    }
  });
});
