import assert from 'node:assert/strict';
import { describe, test } from 'vitest';
import { readRefusedHead } from '../../src/http/message/refused-head.ts';
import { REFUSED_MESSAGES } from '../../src/telemetry/counters.ts';
import { Backend, ok } from '../support/backend.ts';
import { HTTP_2, HttpEngine } from '../support/http-engine.ts';

import { asking, data, END_STREAM, headers, RawHttp2 } from '../support/raw-http2.ts';
import { BAD_BODIES, BAD_HEADS } from '../support/request-corpus.ts';

/** Nothing that a client sends breaks it. */
const LINE =
  /^[\w.*\-[\]:]* - \[[\d\-:.T]+Z\] "(?:[^"\\]|\\.)+ HTTP\/\d\.\d" \d{3} \d+ \d+ "(?:[^"\\]|\\.)+" "(?:[^"\\]|\\.)+" "127\.0\.0\.1:\d+" "-" x_forwarded_for:"(?:[^"\\]|\\.)+" [^\n\r]+$/;

interface Account {
  readonly faults: readonly unknown[];
  readonly counted: number;
  readonly accessLines: readonly string[];
}

/** What one client that sends `raw` and waits for the end leaves in the logs. */
async function refuse(engine: HttpEngine, raw: string): Promise<Account> {
  const { log, accessLog, proxy } = engine;
  const [lines, access, counted] = [
    log.length,
    accessLog.length,
    proxy.context.counters.get(REFUSED_MESSAGES),
  ];
  const client = await engine.connect();
  const address = `127.0.0.1:${client.socket.localPort}`;
  client.send(raw);
  await client.closed;
  client.close();
  await engine.until(() => proxy.downstreams.size === 0);
  const refusals = log.slice(lines).filter(([message]) => message === 'request-refused');
  for (const [, data] of refusals) assert.equal(data['client'], address);
  return {
    faults: refusals.map(([, data]) => data['fault']),
    counted: proxy.context.counters.get(REFUSED_MESSAGES) - counted,
    accessLines: accessLog.slice(access),
  };
}

describe('§3.3 §6.6 a refusal is counted once and is one line', () => {
  test('of the component log for a head, and one of the access log where a request can be told from it', async (t) => {
    const engine = await HttpEngine.start(t);
    for (const { name, raw, fault } of BAD_HEADS) {
      const { faults, counted, accessLines } = await refuse(engine, raw);
      assert.deepEqual([faults, counted], [[fault.name], 1], name);
      assert.equal(accessLines.length, readRefusedHead(raw) === null ? 0 : 1, name);
      for (const line of accessLines) {
        assert.match(line, LINE, name);
        assert.ok(line.includes(`" ${fault.status} 0 `), `${name}: ${line}`);
        assert.ok(line.endsWith(` x_cf_routererror:"${fault.name}"`), `${name}: ${line}`);
      }
    }
  });

  test('of the component log and one of the access log for a body, whose request had begun', async (t) => {
    const engine = await HttpEngine.start(t);
    const app = await Backend.start(t, () => ok());
    for (const host of ['a.test', 'b.test']) engine.route(host, app.port);
    for (const { name, raw, fault } of BAD_BODIES) {
      const { faults, counted, accessLines } = await refuse(engine, raw);
      assert.deepEqual([faults, counted, accessLines.length], [[fault.name], 1, 1], name);
      assert.ok(accessLines[0]!.includes(` ${fault.status} `), `${name}: ${accessLines[0]}`);
      assert.ok(accessLines[0]!.endsWith(` x_cf_routererror:"${fault.name}"`), `${name}: ${accessLines[0]}`);
    }
  });
});

test('§6.6 the access log has host, path, query as configured and who it was forwarded for, of a refused request', async (t) => {
  const raw = `GET /a/path?q=1 HTTP/1.1
Host: app.test
X-Forwarded-For: 203.0.113.7, 198.51.100.1
User-Agent: "odd\\" one
Referer: http://from.test/
X_Forwarded_Proto: https

`.replaceAll('\n', '\r\n');
  const engine = await HttpEngine.start(t);
  const { accessLines } = await refuse(engine, raw);
  const [line = ''] = accessLines;
  assert.match(line, /^app\.test - \[.*"GET \/a\/path\?q=1 HTTP\/1\.1" 400 0 0 "http:\/\/from\.test\/"/);
  assert.ok(line.includes(String.raw`"\"odd\\\" one"`), line);
  assert.ok(line.includes(' x_forwarded_for:"203.0.113.7, 198.51.100.1" x_forwarded_proto:"-"'), line);

  const { settings } = engine.proxy.context;
  engine.proxy.reload({
    ...settings,
    logForwardedFor: false,
    accessLog: { ...settings.accessLog, redactQuery: 'all', format: 'json', headers: ['user-agent'] },
  });
  const json = JSON.parse((await refuse(engine, raw)).accessLines[0]!);
  assert.deepEqual(
    [json.host, json.uri, json.status, json.x_forwarded_for, json.x_cf_routererror],
    ['app.test', '/a/path', 400, null, 'lookalike_field_name'],
  );
});

test('§6.6 a request of HTTP/2 that is refused has its line, too', async (t) => {
  const engine = await HttpEngine.start(t, { http2: HTTP_2 });
  const client = await RawHttp2.connect(engine.port);
  const asked = asking({ ':path': '/a/path?q=1' }, [['x_forwarded_for', '203.0.113.7']]);
  assert.equal(await client.ask(1, asked), '400');
  client.close();
  await engine.isEmpty();
  assert.equal(engine.accessLog.length, 1);
  assert.match(engine.accessLog[0]!, /^app\.test - \[.*"GET \/a\/path\?q=1 HTTP\/2\.0" 400 0 0 /);
});

describe('§6.6 a request of HTTP/2 has 400 in its line, and its client has not gone, where its body turns out to be', () => {
  const post = (lines: [string, string][]) => headers(1, asking({ ':method': 'POST' }, lines), 0);
  const trailers = (lines: [string, string][]) => headers(1, lines);
  const cases = {
    'followed by trailers that frame it': [post([]), trailers([['content-length', '3']])],
    'followed by trailers that are pseudo-headers': [post([]), trailers([[':path', '/other']])],
    'longer than it was said to be': [post([['content-length', '1']]), data(1, 'abc')],
    'shorter than it was said to be': [post([['content-length', '5']]), data(1, 'abc', END_STREAM)],
  } satisfies Record<string, [head: Buffer, rest: Buffer]>;
  for (const [what, [head, rest]] of Object.entries(cases)) {
    test(what, async (t) => {
      const engine = await HttpEngine.start(t, { http2: HTTP_2 });
      const app = await Backend.start(t, () => undefined);
      engine.route('app.test', app.port);
      const client = await RawHttp2.connect(engine.port);
      client.send(head);
      await app.until(() => app.connections.length > 0);
      client.send(rest);
      await client.until(() => client.stream(1).end !== 'open');
      assert.deepEqual(client.stream(1).end, { reset: 'PROTOCOL_ERROR' });
      await engine.until(() => engine.accessLog.length > 0);
      assert.match(engine.accessLog[0]!, / "POST \/ HTTP\/2\.0" 400 .*x_cf_routererror:"http2_malformed"$/);
      client.close();
      await engine.isEmpty();
    });
  }
});
