import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:tls';
import { describe, test } from 'vitest';
import type { Rejection } from '../../src/http/account/rejection.ts';
import { Rejections } from '../../src/http/account/rejections.ts';
import type { HttpSettings } from '../../src/http/settings.ts';
import { Backend, ok } from '../support/backend.ts';
import { HTTP_2, HttpEngine } from '../support/http-engine.ts';
import { asking, RawHttp2 } from '../support/raw-http2.ts';
import { BAD_BODIES, BAD_HEADS } from '../support/request-corpus.ts';
import { FRONT } from '../support/tls-clients.ts';

/** What is kept of a client that sends `raw` and waits for the end. */
async function refused(engine: HttpEngine, raw: string): Promise<Rejection[]> {
  const before = engine.proxy.ledger.rejections.latest().length;
  const client = await engine.connect();
  client.send(raw);
  await client.closed;
  client.close();
  await engine.until(() => engine.proxy.downstreams.size === 0);
  const { rejections } = engine.proxy.ledger;
  return rejections.latest().slice(0, rejections.latest().length - before);
}

function headOf(...lines: string[]): string {
  return ['GET /a/path?key=1 HTTP/1.1', 'Host: app.test', ...lines, '', ''].join('\r\n');
}

describe('2.11 what was refused is kept, with the byte that was wrong', () => {
  test('of heads, each once, with a place in what was sent', async (t) => {
    const engine = await HttpEngine.start(t);
    for (const { name, raw, fault } of BAD_HEADS) {
      const [kept, ...more] = await refused(engine, raw);
      assert.deepEqual(more, [], name);
      assert.deepEqual(
        [kept?.what, kept?.reason, kept?.status],
        ['http/1.1', fault.name, fault.status],
        name,
      );
      assert.match(kept!.client, /^127\.0\.0\.1:\d+$/);
      const { position } = kept!;
      assert.ok(position === null || (position >= 0 && position <= raw.length), `${name}: ${position}`);
      assert.match(kept!.excerpt.text, /^[\x20-\x7e]*$/, name);
    }
  });

  test('of bodies, each once, without anything of them', async (t) => {
    const engine = await HttpEngine.start(t);
    const app = await Backend.start(t, () => ok());
    for (const host of ['a.test', 'b.test']) engine.route(host, app.port);
    for (const { name, raw, fault } of BAD_BODIES) {
      const [kept, ...more] = await refused(engine, raw);
      assert.deepEqual(more, [], name);
      assert.deepEqual([kept?.reason, kept?.position, kept?.excerpt.text], [fault.name, null, ''], name);
      assert.match(kept!.line, / HTTP\/1\.1$/, name);
    }
  });

  test('with whose request it was, and the excerpt at the byte', async (t) => {
    const engine = await HttpEngine.start(t);
    const raw = headOf('X-Forwarded-For: 203.0.113.7, 198.51.100.1', 'Content-Length: 12a');
    const [kept] = await refused(engine, raw);
    assert.equal(kept?.reason, 'bad_content_length');
    assert.equal(kept?.position, raw.indexOf('12a') + 2);
    assert.deepEqual(
      [kept.host, kept.line, kept.forwardedFor],
      ['app.test', 'GET /a/path?key=1 HTTP/1.1', '203.0.113.7, 198.51.100.1'],
    );
    const { text, at } = kept.excerpt;
    assert.equal(text.slice(at), 'a\\r\\n\\r\\n');
    assert.ok(text.slice(0, at).endsWith('Content-Length: 12'));
  });

  test('without what its sender would keep to itself', async (t) => {
    const engine = await HttpEngine.start(t);
    const { settings } = engine.proxy.context;
    engine.proxy.reload({
      ...settings,
      logForwardedFor: false,
      logSourceAddress: false,
      accessLog: { ...settings.accessLog, redactQuery: 'all' },
    });
    const [kept] = await refused(
      engine,
      headOf('X-Forwarded-For: 203.0.113.7', 'Cookie: s=hunter2', 'Authorization: Basic hun\0ter2'),
    );
    assert.equal(kept?.reason, 'bad_field_value');
    assert.deepEqual([kept.client, kept.forwardedFor], ['', '']);
    assert.doesNotMatch(JSON.stringify(kept), /hun|ter2|key=1|203\.0/);
    assert.match(kept.excerpt.text, /uthorization:\**\\x00\*/);
  });

  test('of requests that are read well and ask for what cannot be', async (t) => {
    const engine = await HttpEngine.start(t);
    const app = await Backend.start(t, () => ok());
    engine.route('app.test', app.port);
    const raw = headOf('X-Cf-App-Instance: nonsense', 'Connection: close');
    const [kept] = await refused(engine, raw);
    assert.deepEqual([kept?.reason, kept?.status], ['invalid_cf_app_instance_header', 400]);
    assert.equal(kept?.position, raw.indexOf('nonsense'));
    const lost = headOf('Connection: close').replace('app.test', 'lost.test');
    assert.deepEqual(await refused(engine, lost), [], 'an unknown route is no fault of the request');
    assert.deepEqual(await refused(engine, headOf('Connection: close')), []);
  });

  test('no more than two hundred, the newest first, and not all of a flood', () => {
    const rejections = new Rejections(0);
    const settings = { accessLog: { redactQuery: 'none' }, logForwardedFor: true, logSourceAddress: true };
    const note = (reason: string, now: number): void => {
      const nothing = { detail: '', serverName: '', position: 0, begun: false };
      const head = 'GET / HTTP/1.1\r\n\r\n';
      const refusal = { what: 'http/1.1', reason, status: 400, client: '', head, ...nothing } as const;
      rejections.note(refusal, settings as HttpSettings, now);
    };
    for (let at = 0; at < 230; at++) note(`slow-${at}`, at * 100);
    const latest = rejections.latest();
    assert.equal(latest.length, 200);
    assert.deepEqual([latest[0]?.reason, latest.at(-1)?.reason], ['slow-229', 'slow-30']);
    for (let at = 0; at < 100_000; at++) note(`flood-${at}`, 30_000);
    const flooded = rejections.latest().filter(({ reason }) => reason.startsWith('flood'));
    assert.equal(flooded[0]?.reason, 'flood-199');
    note('later', 31_000);
    assert.equal(rejections.latest()[0]?.reason, 'later');
  });
});

describe('2.11 of HTTP/2', () => {
  test('a request that is none of ours, as HTTP/1.1 would have it', async (t) => {
    const engine = await HttpEngine.start(t, { http2: HTTP_2 });
    const client = await RawHttp2.connect(engine.port);
    assert.equal(await client.ask(1, asking({}, [['x_forwarded_for', '203.0.113.7']])), '400');
    const [kept] = engine.proxy.ledger.rejections.latest();
    assert.deepEqual([kept?.what, kept?.reason], ['http/2', 'lookalike_field_name']);
    assert.equal(kept?.line, 'GET / HTTP/2.0');
    assert.ok(kept.excerpt.text.slice(kept.excerpt.at).startsWith('x_forwarded_for:'));
    client.close();
    await engine.isEmpty();
  });

  test('a header block that is malformed, with the character that was', async (t) => {
    const engine = await HttpEngine.start(t, { http2: HTTP_2 });
    const client = await RawHttp2.connect(engine.port);
    const bad: [name: string, value: string, reason: string, at: string][] = [
      ['x-Upper', 'hunter2', 'field name', 'Upper:*******'],
      ['x-value', 'hun\0ter2', 'field value', '\\x00****'],
      ['connection', 'close', 'field of HTTP/1.1', 'connection: close'],
    ];
    for (const [at, [name, value, reason, rest]] of bad.entries()) {
      const id = 2 * at + 1;
      await client.ask(id, asking({}, [[name, value]])).catch(() => {});
      await engine.until(() => engine.proxy.ledger.rejections.latest().length === at + 1);
      const [kept] = engine.proxy.ledger.rejections.latest();
      assert.deepEqual([kept?.what, kept?.reason], ['http/2', `http2_malformed (${reason})`]);
      assert.equal(kept?.host, 'app.test');
      assert.ok(kept.excerpt.text.slice(kept.excerpt.at).startsWith(rest), kept.excerpt.text);
    }
    client.close();
    await engine.isEmpty();
  });
});

test('2.11 a TLS handshake that failed is kept, with address, server name and reason', async (t) => {
  const engine = await HttpEngine.start(t, {
    frontTls: { ...FRONT, clientCertificates: 'require', trustSystemCa: true },
  });
  const client = connect({
    port: engine.port,
    host: '127.0.0.1',
    servername: 'app.test',
    rejectUnauthorized: false,
  });
  client.on('error', () => {});
  await once(client, 'secureConnect');
  const { localPort } = client;
  await engine.until(() => engine.proxy.ledger.rejections.latest().length > 0);
  const [kept, ...more] = engine.proxy.ledger.rejections.latest();
  assert.deepEqual(more, []);
  assert.deepEqual(
    [kept?.what, kept?.client, kept?.serverName, kept?.status],
    ['tls', `127.0.0.1:${localPort}`, 'app.test', 0],
  );
  assert.match(kept!.reason, /PEER_DID_NOT_RETURN_A_CERTIFICATE/);
  client.destroy();
});

test('2.11 a PROXY header that is none is kept, with the address that it came from', async (t) => {
  const engine = await HttpEngine.start(t, { proxyHeaders: { trusted: ['127.0.0.0/8'] } });
  const client = await engine.connect();
  client.send('GET / HTTP/1.1\r\nHost: app.test\r\n\r\n');
  await client.closed;
  const [kept] = engine.proxy.ledger.rejections.latest();
  assert.deepEqual(
    [kept?.what, kept?.reason, kept?.client],
    ['proxy-header', 'no-header', `127.0.0.1:${client.socket.localPort}`],
  );
  client.close();
});

test('2.11 a connection over a limit is kept, and counted among the errors of the router', async (t) => {
  const engine = await HttpEngine.start(t, { maxConnectionsPerAddress: 1 });
  const first = await engine.connect();
  first.send('GET / HTTP/1.1\r\n');
  await engine.until(() => engine.proxy.downstreams.size === 1);
  const second = await engine.connect();
  await second.closed;
  const [kept, ...more] = engine.proxy.ledger.rejections.latest();
  assert.deepEqual(more, []);
  assert.deepEqual(
    [kept?.what, kept?.status, kept?.client, kept?.line],
    ['connection', 503, `127.0.0.1:${second.socket.localPort}`, ''],
  );
  assert.match(kept!.reason, /^router_exhausted \(/);
  const [error] = engine.proxy.ledger.errors.since(Date.now(), 1);
  assert.deepEqual([error?.error, error?.count], [kept!.reason, 1]);
  for (const client of [first, second]) client.close();
});
