import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type ClientHttp2Session, connect, constants } from 'node:http2';
import { Readable } from 'node:stream';
import { describe, type TestContext, test } from 'vitest';
import type { HttpSettings } from '../../../src/http/settings.ts';
import { PROXY_HEADERS_REFUSED } from '../../../src/telemetry/counters.ts';
import { startHttp2Haproxy } from '../../support/http2-haproxy.ts';
import { Http2Platform, type Ways } from '../../support/http2-platform.ts';
import { bytesOf, digestOf } from '../../support/object-server.ts';
import { unlessInstalled } from '../../support/peer-program.ts';
import { skipFor } from '../../support/skip-for.ts';

const LARGE = 10 * 1024 * 1024;
const CLIENTS = 10;

/** Clients of an HAProxy before the router, each with a connection of its own that has been used. */
async function platform(
  t: TestContext,
  [reuse, server]: readonly ['always' | 'never', string],
  settings: Partial<HttpSettings> = {},
  back: Ways['back'] = 'h2c',
) {
  const { engine, ...rest } = await serving(t, settings, back);
  const port = await startHttp2Haproxy(t, engine.port, reuse, server);
  const clients = Array.from({ length: CLIENTS }, () => {
    const client = connect(`http://127.0.0.1:${port}`);
    client.on('error', () => {});
    t.onTestFinished(() => client.destroy());
    return client;
  });
  for (const client of clients) assert.equal(await ask(client, '/first'), '/first');
  return { engine, clients, ...rest };
}

async function serving(t: TestContext, settings: Partial<HttpSettings>, back: Ways['back']) {
  const platform = await Http2Platform.start(t, { front: 'h2c', back }, settings);
  return { engine: platform.engine, server: await platform.serveObjects(t) };
}

/** The body of the answer; rejects when there is none. */
async function ask(client: ClientHttp2Session, path: string, body: Buffer | null = null): Promise<string> {
  const method = body === null ? 'GET' : 'POST';
  const stream = client.request(
    { ':authority': 'app.test', ':path': path, ':method': method },
    { endStream: body === null },
  );
  if (body !== null) Readable.from([body.subarray(0, 1000), body.subarray(1000)]).pipe(stream);
  const pieces: Buffer[] = [];
  stream.on('data', (piece: Buffer) => pieces.push(piece));
  await once(stream, 'end');
  return Buffer.concat(pieces).toString('latin1');
}

/** Asks for what is never answered, and gives it up while another request is served. */
async function giveUp(client: ClientHttp2Session, served: Promise<string>): Promise<void> {
  const stream = client.request({ ':authority': 'app.test', ':path': '/hang' });
  stream.on('error', () => {});
  const gone = once(stream, 'close');
  await served;
  stream.close(constants.NGHTTP2_CANCEL);
  await gone;
}

describe('§3.12 HAProxy before the router, over HTTP/2,', skipFor(unlessInstalled('haproxy')), () => {
  for (const back of ['h2c', 'HTTP/1.1'] as const) {
    test(`many clients share one connection, large bodies among them, before ${back}`, async (t) => {
      const { engine, clients } = await platform(t, ['always', ''], {}, back);
      const bytes = bytesOf(LARGE);
      const large = Promise.all([
        ask(clients[0]!, '/digest', bytes.subarray(0, LARGE / 2)),
        ask(clients[1]!, `/bytes/${LARGE}`),
        ask(clients[2]!, `/stream/${LARGE}`),
      ]);
      const small = clients.flatMap((client, i) =>
        Array.from({ length: 40 }, async (_, k) =>
          assert.equal(await ask(client, `/${i}/${k}`), `/${i}/${k}`),
        ),
      );
      await Promise.all(small);
      const [digest, known, unknown] = await large;
      assert.equal(digest, digestOf(bytes.subarray(0, LARGE / 2)));
      assert.ok(known === bytes.toString('latin1'));
      assert.ok(unknown === bytes.toString('latin1'));
      // 413 requests by ten clients; HAProxy opens another connection where one has as many streams as it allows.
      assert.ok(engine.sockets.length < 10, `${engine.sockets.length} connections`);
    });
  }

  test('clients that give up as many requests as others get answered do not cost them their connection', async (t) => {
    const { engine, server, clients } = await platform(t, ['always', '']);
    const before = engine.sockets.length;
    await Promise.all(
      clients.map(async (client) => {
        for (let i = 0; i < 80; i++) {
          const served = ask(client, '/served');
          await giveUp(client, served);
          assert.equal(await served, '/served');
        }
      }),
    );
    assert.equal(engine.sockets.length, before);
    await engine.until(() => engine.inFlight === 0);
    assert.equal(server.asked.filter((asked) => asked === 'GET /served').length, CLIENTS * 80);
    assert.deepEqual(
      engine.log.filter(([message]) => message === 'http2-failed'),
      [],
    );
  });

  test('a PROXY header before HTTP/2 tells who each client is, and is asked for of HAProxy alone', async (t) => {
    const proxyHeaders = { trusted: ['127.0.0.1'] };
    const { engine, clients } = await platform(t, ['never', 'send-proxy-v2'], { proxyHeaders });
    const bytes = bytesOf(LARGE / 2);
    assert.equal(await ask(clients[0]!, '/digest', bytes), digestOf(bytes));
    for (const client of clients) await Promise.all(Array.from({ length: 20 }, () => ask(client, '/more')));
    await Promise.all(
      clients.map(async (client) => {
        for (let i = 0; i < 20; i++) await giveUp(client, ask(client, '/served'));
      }),
    );
    await engine.until(() => engine.inFlight === 0);
    const { localPort } = clients[3]!.socket;
    // By the client's port, which the router knows from the header alone.
    assert.ok(engine.accessLog.some((line) => line.includes(` "127.0.0.1:${localPort}" `)));
    const bare = connect(`http://127.0.0.1:${engine.port}`);
    bare.on('error', () => {});
    await once(bare, 'close');
    assert.equal(engine.proxy.context.counters.get(PROXY_HEADERS_REFUSED), 1);
  });
});
