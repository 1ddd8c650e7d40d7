import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import type { HttpSettings } from '../../src/http/settings.ts';
import { PROXY_HEADERS_REFUSED } from '../../src/telemetry/counters.ts';
import { Backend, ok } from '../support/backend.ts';
import { HttpEngine } from '../support/http-engine.ts';
import { get, statusOf } from '../support/raw-http.ts';

const V1 = 'PROXY TCP4 192.0.2.7 198.51.100.1 4711 443\r\n';
const V2_SIGNATURE = '\r\n\r\n\0\r\nQUIT\n';
const V2 = `${V2_SIGNATURE}\x21\x11\x00\x0c\xc0\x00\x02\x07\xc6\x33\x64\x01\x12\x67\x01\xbb`;
const V2_LOCAL = `${V2_SIGNATURE}\x20\x00\x00\x00`;
const BAD_CRC = `${V2_SIGNATURE}\x21\x11\x00\x13\xc0\x00\x02\x07\xc6\x33\x64\x01\x12\x67\x01\xbb\x03\x00\x04abcd`;

async function start(
  t: TestContext,
  trusted: readonly string[],
  settings: Partial<HttpSettings> = {},
): Promise<HttpEngine> {
  const engine = await HttpEngine.start(t, { proxyHeaders: { trusted }, ...settings });
  const backend = await Backend.start(t, (request) =>
    ok(request.lines.find((line) => line.startsWith('X-Forwarded-For: '))),
  );
  engine.route('app.test', backend.port);
  return engine;
}

/** The addresses the application is told, with these bytes in pieces before the request. */
async function addressesAfter(engine: HttpEngine, ...pieces: readonly string[]): Promise<string> {
  const client = await engine.connect();
  for (const piece of pieces) {
    client.send(piece);
    await new Promise((resolve) => setImmediate(resolve));
  }
  const response = await client.send(get('app.test')).response();
  assert.equal(statusOf(response), 200);
  assert.match(engine.accessLog.join(''), /app\.test/);
  client.close();
  await engine.isEmpty();
  return response.body.replace('X-Forwarded-For: ', '');
}

async function assertDropped(engine: HttpEngine, bytes: string): Promise<void> {
  const client = (await engine.connect()).send(bytes);
  await client.closed;
  assert.equal(client.received, '');
  await engine.until(() => engine.sockets.every((socket) => socket.closed));
  await engine.isEmpty();
}

for (const [name, trusted] of [
  ['anybody, as with gorouter', []],
  ['those who are trusted', ['203.0.113.1', '127.0.0.0/8']],
] as const) {
  describe(`E02 a PROXY header from ${name}`, () => {
    for (const [version, header] of [
      ['1', V1],
      ['2', V2],
    ] as const) {
      test(`of version ${version} says who the client is, to the application and the log`, async (t) => {
        const engine = await start(t, trusted);
        assert.equal(await addressesAfter(engine, header), '192.0.2.7');
        assert.match(engine.accessLog.join(''), /192\.0\.2\.7:4711/);
      });

      test(`of version ${version} may come byte by byte`, async (t) => {
        assert.equal(await addressesAfter(await start(t, trusted), ...header), '192.0.2.7');
      });
    }

    for (const [kind, header] of [
      ['LOCAL', V2_LOCAL],
      ['UNKNOWN', 'PROXY UNKNOWN\r\n'],
    ] as const) {
      test(`${kind} leaves the peer\u2019s own address`, async (t) => {
        assert.equal(await addressesAfter(await start(t, trusted), header), '127.0.0.1');
      });
    }

    for (const [kind, bytes] of [
      ['with a wrong checksum', BAD_CRC],
      ['too long for version 1', `PROXY TCP4 ${'1'.repeat(120)}\r\n`],
      ['ended by LF alone', V1.replace('\r', '')],
      ['of version 2 too short for its addresses', `${V2_SIGNATURE}\x21\x11\x00\x04abcd`],
      ['with names for addresses', 'PROXY TCP4 localhost localhost 1 2\r\n'],
    ] as const) {
      test(`${kind} cuts the connection`, async (t) => {
        const engine = await start(t, trusted);
        await assertDropped(engine, bytes + get('app.test'));
        assert.equal(engine.proxy.counters.get(PROXY_HEADERS_REFUSED), 1);
      });
    }

    test('that does not come to its end in time cuts the connection', async (t) => {
      await assertDropped(await start(t, trusted, { enteringTimeout: 50 }), 'PROXY TCP4 192');
    });
  });
}

test('E02 anybody may leave the header out where nobody is named, as with gorouter', async (t) => {
  assert.equal(await addressesAfter(await start(t, []), ''), '127.0.0.1');
});

test('E02 a trusted proxy that leaves the header out is not taken for a client', async (t) => {
  await assertDropped(await start(t, ['127.0.0.1']), get('app.test'));
});

test('E03 a header from anybody else is no header, and their own address counts', async (t) => {
  const engine = await start(t, ['203.0.113.0/24', '2001:db8::/32']);
  assert.equal(await addressesAfter(engine, ''), '127.0.0.1');
  const client = (await engine.connect()).send(V1 + get('app.test'));
  assert.equal(statusOf(await client.response()), 400);
  await client.closed;
});

test('a client that goes away in the middle of its header leaves nothing behind', async (t) => {
  const engine = await start(t, []);
  const half = (await engine.connect()).send('PROXY T');
  half.socket.end();
  await half.closed;
  (await engine.connect()).send('PROXY T').socket.resetAndDestroy();
  await engine.until(() => engine.sockets.length === 2 && engine.sockets.every((socket) => socket.closed));
  await engine.isEmpty();
});
