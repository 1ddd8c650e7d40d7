import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, type TestContext, test } from 'vitest';
import type { AccessLogSettings, HttpSettings } from '../../src/http/settings.ts';
import { Backend, ok } from '../support/backend.ts';
import { freePort } from '../support/free-port.ts';
import { HttpEngine } from '../support/http-engine.ts';
import { ask } from '../support/raw-http.ts';

const PLAIN: AccessLogSettings = { format: 'gorouter', redactQuery: 'none', attemptFields: [], headers: [] };

async function lineOf(t: TestContext, settings: Partial<AccessLogSettings>, request: string, dead = false) {
  const engine = await HttpEngine.start(t, { accessLog: { ...PLAIN, ...settings }, maxAttempts: 2 });
  const backend = await Backend.start(t, () => ok('hello'));
  engine.route('app.test', ...(dead ? [await freePort()] : [backend.port]));
  await ask(engine.port, request);
  await engine.until(() => engine.accessLog.length > 0);
  return engine.accessLog[0]!;
}

const request = (method: string, target: string, lines = '') =>
  `${method} ${target} HTTP/1.1\r\nHost: app.test\r\n${lines}\r\n`;

describe('§6.6 whom a request was forwarded for, and how, is told as', () => {
  const lines = 'X-Forwarded-For: 1.2.3.4\r\nX-Forwarded-Proto: https\r\n';
  const pin = 'X-CF-App-Instance: 7f461654-74d1-1ee5-8367-77d85df2cdab:0\r\n';
  test('the endpoint was told it', async (t) => {
    const line = await lineOf(t, {}, request('GET', '/', lines));
    assert.match(line, / x_forwarded_for:"1\.2\.3\.4, 127\.0\.0\.1" x_forwarded_proto:"https" /);
    const failed = await lineOf(t, {}, request('GET', '/'), true);
    assert.match(failed, / x_forwarded_for:"127\.0\.0\.1" x_forwarded_proto:"http" /);
  });
  test('the client said it, where no endpoint was asked', async (t) => {
    for (const unanswered of [request('GET', '/', pin), 'GET / HTTP/1.1\r\nHost: no.test\r\n\r\n']) {
      assert.match(await lineOf(t, {}, unanswered), / x_forwarded_for:"-" x_forwarded_proto:"-" /);
      const said = await lineOf(t, {}, unanswered.replace('\r\n\r\n', `\r\n${lines}\r\n`));
      assert.match(said, / x_forwarded_for:"1\.2\.3\.4" x_forwarded_proto:"https" /);
    }
  });
});

test('§6.6 extra fields stand in their configured order between instance_id and x_cf_routererror', async (t) => {
  const line = await lineOf(
    t,
    {
      attemptFields: [
        'local_address',
        'failed_attempts',
        'dial_time',
        'dns_time',
        'tls_time',
        'backend_time',
      ],
    },
    request('GET', '/'),
  );
  assert.match(
    line,
    / instance_id:"[^"]*" local_address:"127\.0\.0\.1:\d+" failed_attempts:0 dial_time:0\.\d{6} dns_time:"-" tls_time:"-" backend_time:0\.\d{6} x_cf_routererror:"-"$/,
  );
});

test('§6.6 failed attempts are counted and timed; without a successful one its fields are dashes', async (t) => {
  const line = await lineOf(
    t,
    { attemptFields: ['failed_attempts', 'failed_attempts_time', 'backend_time', 'dial_time'] },
    request('GET', '/'),
    true,
  );
  assert.match(
    line,
    / failed_attempts:1 failed_attempts_time:0\.\d{6} backend_time:"-" dial_time:"-" x_cf_routererror:"endpoint_failure/,
  );
});

test('§6.6 extra headers come last, lower case with underscores, a dash for a missing one', async (t) => {
  const line = await lineOf(
    t,
    { headers: ['X-Something-Cool', 'User-Agent', 'missing'] },
    request('GET', '/', 'x-something-COOL: "yes"\r\nUser-Agent: curl\r\n'),
  );
  assert.ok(
    line.endsWith(String.raw` x_cf_routererror:"-" x_something_cool:"\"yes\"" user_agent:"curl" missing:"-"`),
    line,
  );
});

test('§6.6 queries of GET requests are dropped or hashed, those of others stay', async (t) => {
  const requestLine = (line: string) => /"(\w+ .*? HTTP\/1\.1)"/.exec(line)![1];
  const hash = createHash('sha1').update('a=1&b=%20').digest('hex');
  for (const [redactQuery, method, told] of [
    ['all', 'GET', 'GET /p HTTP/1.1'],
    ['hash', 'GET', `GET /p?hash=${hash} HTTP/1.1`],
    ['none', 'GET', 'GET /p?a=1&b=%20 HTTP/1.1'],
    ['all', 'DELETE', 'DELETE /p?a=1&b=%20 HTTP/1.1'],
  ] as const) {
    const line = await lineOf(t, { redactQuery }, request(method, '/p?a=1&b=%20'));
    assert.equal(requestLine(line), told);
  }
});

test('as JSON a line is one object with the same facts, and null for what is not known', async (t) => {
  const line = await lineOf(
    t,
    { format: 'json', attemptFields: ['failed_attempts', 'tls_time'], headers: ['X-A'] },
    request('GET', '/?q="1"', 'User-Agent: \xc3\xa9\xff\r\nX-A: b\r\n'),
  );
  const told = JSON.parse(Buffer.from(line, 'latin1').toString());
  const { time, client, backend, vcap_request_id, response_time, gorouter_time, ...rest } = told;
  assert.match(time, /^\d{4}-\d\d-\d\dT[\d:]{8}\.\d{9}Z$/);
  assert.match(client, /^127\.0\.0\.1:\d+$/);
  assert.match(backend, /^127\.0\.0\.1:\d+$/);
  assert.match(vcap_request_id, /^[\da-f-]{36}$/);
  assert.ok(response_time >= gorouter_time && gorouter_time >= 0);
  const { app_id: _app, app_index: _index, instance_id: _instance, ...others } = rest;
  assert.deepEqual(others, {
    host: 'app.test',
    method: 'GET',
    uri: '/?q="1"',
    protocol: 'HTTP/1.1',
    status: 200,
    request_bytes: 0,
    response_bytes: 5,
    referer: null,
    user_agent: 'é\ufffd',
    x_forwarded_for: '127.0.0.1',
    x_forwarded_proto: 'http',
    failed_attempts: 0,
    tls_time: null,
    x_cf_routererror: null,
    headers: { x_a: 'b' },
  });
});

test('§6.6 disable_log_forwarded_for and disable_log_source_ip leave a dash, each its own, in either format', async (t) => {
  const backend = await Backend.start(t, () => ok('hello'));
  const lineWith = async (settings: Partial<HttpSettings>) => {
    const engine = await HttpEngine.start(t, settings);
    engine.route('app.test', backend.port);
    await ask(engine.port, request('GET', '/', 'X-Forwarded-For: 10.0.0.9\r\n'));
    await engine.until(() => engine.accessLog.length > 0);
    return engine.accessLog[0]!;
  };
  const source = String.raw`"127\.0\.0\.1:\d+"`;
  const forwarded = String.raw`x_forwarded_for:"10\.0\.0\.9, 127\.0\.0\.1"`;
  const address = `"127\\.0\\.0\\.1:${backend.port}"`;
  assert.match(await lineWith({}), new RegExp(` ${source} ${address} ${forwarded} `));
  assert.match(
    await lineWith({ logForwardedFor: false }),
    new RegExp(` ${source} ${address} x_forwarded_for:"-" `),
  );
  assert.match(await lineWith({ logSourceAddress: false }), new RegExp(` "-" ${address} ${forwarded} `));
  const json = JSON.parse(
    await lineWith({
      logForwardedFor: false,
      logSourceAddress: false,
      accessLog: { ...PLAIN, format: 'json' },
    }),
  );
  assert.deepEqual([json.client, json.x_forwarded_for], [null, null]);
});
