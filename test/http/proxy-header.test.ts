import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect as connectTcp } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { describe, type TestContext, test } from 'vitest';
import type { Door } from '../../src/http/connection/client.ts';
import type { HttpSettings } from '../../src/http/settings.ts';
import { PROXY_HEADERS_REFUSED, TLS_HANDSHAKES_FAILED } from '../../src/telemetry/counters.ts';
import { Backend, ok } from '../support/backend.ts';
import { HttpEngine } from '../support/http-engine.ts';
import { get, RawClient, statusOf } from '../support/raw-http.ts';
import { FRONT, servers } from '../support/tls-clients.ts';

const V1 = 'PROXY TCP4 192.0.2.7 198.51.100.1 4711 443\r\n';
const V2_SIGNATURE = '\r\n\r\n\0\r\nQUIT\n';
const V2 = `${V2_SIGNATURE}\x21\x11\x00\x0c\xc0\x00\x02\x07\xc6\x33\x64\x01\x12\x67\x01\xbb`;
const V2_LOCAL = `${V2_SIGNATURE}\x20\x00\x00\x00`;
const BAD_CRC = `${V2_SIGNATURE}\x21\x11\x00\x13\xc0\x00\x02\x07\xc6\x33\x64\x01\x12\x67\x01\xbb\x03\x00\x04abcd`;

const DOORS: readonly Door[] = ['http', 'https'];

/** `trusted`: `null` looks for no headers at all. */
async function start(
  t: TestContext,
  door: Door,
  trusted: readonly string[] | null,
  settings: Partial<HttpSettings> = {},
): Promise<HttpEngine> {
  const engine = await HttpEngine.start(t, {
    frontTls: door === 'https' ? FRONT : null,
    proxyHeaders: trusted === null ? null : { trusted },
    ...settings,
  });
  const backend = await Backend.start(t, (request) =>
    ok(request.lines.find((line) => line.startsWith('X-Forwarded-For: '))),
  );
  engine.route('app.test', backend.port);
  return engine;
}

/** A client that says these bytes before anything else, on the TLS listener before its handshake. */
async function clientBehind(engine: HttpEngine, door: Door, pieces: readonly string[]): Promise<RawClient> {
  const raw = connectTcp({ port: engine.port, host: '127.0.0.1', noDelay: true });
  raw.on('error', () => {});
  await once(raw, 'connect');
  for (const piece of pieces) {
    raw.write(piece, 'latin1');
    await new Promise((resolve) => setImmediate(resolve));
  }
  if (door === 'http') return new RawClient(raw);
  const { cert: ca } = servers;
  return new RawClient(connectTls({ socket: raw, servername: 'app.test', ca }));
}

/** The addresses the application is told, with these bytes in pieces before the request. */
async function addressesAfter(engine: HttpEngine, door: Door, ...pieces: readonly string[]): Promise<string> {
  const client = await clientBehind(engine, door, pieces);
  const response = await client.send(get('app.test')).response();
  assert.equal(statusOf(response), 200);
  assert.match(engine.accessLog.join(''), /app\.test/);
  client.close();
  await engine.isEmpty();
  return response.body.replace('X-Forwarded-For: ', '');
}

async function assertDropped(engine: HttpEngine, door: Door, ...pieces: readonly string[]): Promise<void> {
  const client = await clientBehind(engine, door, pieces);
  client.send(get('app.test'));
  await client.closed;
  assert.equal(client.received, '');
  client.close();
  await engine.until(() => engine.sockets.every((socket) => socket.closed));
  await engine.isEmpty();
}

for (const door of DOORS) {
  for (const [name, trusted] of [
    ['anybody, as with gorouter', []],
    ['those who are trusted', ['203.0.113.1', '127.0.0.0/8']],
  ] as const) {
    describe(`§3.13 E02 on the ${door} listener a PROXY header from ${name}`, () => {
      for (const [version, header] of [
        ['1', V1],
        ['2', V2],
      ] as const) {
        test(`of version ${version} says who the client is, to the application and the log`, async (t) => {
          const engine = await start(t, door, trusted);
          assert.equal(await addressesAfter(engine, door, header), '192.0.2.7');
          assert.match(engine.accessLog.join(''), /192\.0\.2\.7:4711/);
        });

        test(`of version ${version} may come byte by byte`, async (t) => {
          assert.equal(await addressesAfter(await start(t, door, trusted), door, ...header), '192.0.2.7');
        });
      }

      for (const [kind, header] of [
        ['LOCAL', V2_LOCAL],
        ['UNKNOWN', 'PROXY UNKNOWN\r\n'],
      ] as const) {
        test(`${kind} leaves the peer\u2019s own address`, async (t) => {
          assert.equal(await addressesAfter(await start(t, door, trusted), door, header), '127.0.0.1');
        });
      }

      for (const [kind, bytes] of [
        ['with a wrong checksum', BAD_CRC],
        ['too long for version 1', `PROXY TCP4 ${'1'.repeat(120)}\r\n`],
        ['ended by LF alone', V1.replace('\r', '')],
        ['of version 2 too short for its addresses', `${V2_SIGNATURE}\x21\x11\x00\x04abcd`],
        ['of version 2 with an unknown command', V2.replace('\x21', '\x2f')],
        ['with names for addresses', 'PROXY TCP4 localhost localhost 1 2\r\n'],
        ['twice', V1 + V1],
      ] as const) {
        test(`${kind} cuts the connection`, async (t) => {
          const engine = await start(t, door, trusted);
          if (kind === 'twice' && door === 'http') {
            // The second one is the junk it would be without a first.
            const client = await clientBehind(engine, door, [bytes]);
            assert.equal(statusOf(await client.response()), 400);
            await client.closed;
            return;
          }
          await assertDropped(engine, door, bytes);
          const counted = kind === 'twice' ? TLS_HANDSHAKES_FAILED : PROXY_HEADERS_REFUSED;
          assert.equal(engine.proxy.context.counters.get(counted), 1);
        });
      }

      test('that does not come to its end in time cuts the connection', async (t) => {
        const engine = await start(t, door, trusted, { enteringTimeout: 50 });
        const raw = (await engine.connect()).send('PROXY TCP4 192');
        await raw.closed;
        assert.equal(raw.received, '');
        await engine.isEmpty();
      });
    });
  }

  test(`§3.13 E02 on the ${door} listener anybody may leave the header out where nobody is named, as with gorouter`, async (t) => {
    assert.equal(await addressesAfter(await start(t, door, []), door), '127.0.0.1');
  });

  test(`§3.13 E02 on the ${door} listener a trusted proxy that leaves the header out is not taken for a client`, async (t) => {
    await assertDropped(await start(t, door, ['127.0.0.1']), door);
  });

  test(`§3.13 E01 on the ${door} listener a header is junk where none is looked for`, async (t) => {
    const engine = await start(t, door, null);
    if (door === 'https') {
      for (const header of [V1, V2]) await assertDropped(engine, door, header);
      assert.equal(engine.proxy.context.counters.get(TLS_HANDSHAKES_FAILED), 2);
      return;
    }
    for (const header of [V1, V2]) {
      const client = await clientBehind(engine, door, [header]);
      assert.equal(statusOf(await client.send(get('app.test')).response()), 400);
      await client.closed;
    }
    await engine.isEmpty();
  });

  test(`§3.13 E03 on the ${door} listener a header from anybody else is no header, and their own address counts`, async (t) => {
    const engine = await start(t, door, ['203.0.113.0/24', '2001:db8::/32']);
    assert.equal(await addressesAfter(engine, door), '127.0.0.1');
    for (const header of [V1, V2]) {
      if (door === 'https') {
        await assertDropped(engine, door, header);
      } else {
        const client = await clientBehind(engine, door, [header]);
        assert.equal(statusOf(await client.send(get('app.test')).response()), 400);
        await client.closed;
      }
    }
    assert.doesNotMatch(engine.accessLog.join(''), /192\.0\.2\.7/);
  });

  test(`a client of the ${door} listener that goes away in the middle of its header leaves nothing behind`, async (t) => {
    const engine = await start(t, door, []);
    const half = (await engine.connect()).send('PROXY T');
    half.socket.end();
    await half.closed;
    (await engine.connect()).send('PROXY T').socket.resetAndDestroy();
    await engine.until(() => engine.sockets.length === 2 && engine.sockets.every((socket) => socket.closed));
    await engine.isEmpty();
  });
}

test('§3.13 E02 a header has at least three seconds to come, where gorouter waits a tenth of one', async (t) => {
  const engine = await start(t, 'http', []);
  assert.ok(engine.proxy.context.settings.enteringTimeout >= 3000);
});
