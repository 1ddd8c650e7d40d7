import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type ClientHttp2Session, connect, constants } from 'node:http2';
import type { LookupFunction } from 'node:net';
import { Readable } from 'node:stream';
import { Agent, fetch, request } from 'undici';
import { describe, type TestContext, test } from 'vitest';
import { Http2Platform, nameOf, WAYS, type Ways } from '../../support/http2-platform.ts';
import { bytesOf, digestOf } from '../../support/object-server.ts';

const PIECE = 60_000;
const LARGE = 10 * 1024 * 1024;
/** undici speaks HTTP/2 where TLS settles on it, and nowhere else. */
const OVER_TLS = WAYS.filter(({ front }) => front === 'h2');

async function platform(t: TestContext, ways: Ways) {
  const platform = await Http2Platform.start(t, ways);
  const server = await platform.serveObjects(t);
  const { engine, origin, ca } = platform;
  return { engine, server, origin, ca, local: origin.replace('app.test', '127.0.0.1') };
}

describe('§3.12 undici through the router,', () => {
  async function agent(t: TestContext, ways: Ways) {
    const { engine, server, ca, origin } = await platform(t, ways);
    const dispatcher = new Agent({ allowH2: true, connections: 1, connect: { ca, lookup: hereAlways } });
    t.onTestFinished(() => dispatcher.destroy());
    return { engine, server, origin, dispatcher };
  }

  for (const ways of OVER_TLS) {
    test(`${nameOf(ways)}: fetch and request, up and down, many at once over one connection`, async (t) => {
      const { engine, origin, dispatcher } = await agent(t, ways);
      const bytes = bytesOf(LARGE);
      const upload = () =>
        ({ method: 'POST', body: Readable.from(inPieces(bytes)), duplex: 'half', dispatcher }) as const;
      assert.equal(await (await fetch(`${origin}/digest`, upload())).text(), digestOf(bytes));
      const { body } = await request(`${origin}/digest`, upload());
      assert.equal(await body.text(), digestOf(bytes));
      const download = await fetch(`${origin}/stream/${LARGE}`, { dispatcher });
      assert.equal(digestOf(Buffer.from(await download.arrayBuffer())), digestOf(bytes));
      const paths = Array.from({ length: 200 }, (_, i) => `/${i}`);
      const answers = await Promise.all(
        paths.map(async (path) => (await fetch(`${origin}${path}`, { dispatcher })).text()),
      );
      assert.deepEqual(answers, paths);
      assert.equal(engine.sockets.length, 1);
      await dispatcher.close();
      await engine.isEmpty();
      assert.ok(engine.accessLog.every((line) => line.includes(' HTTP/2.0" 200 ')));
    });
  }

  test('a request that is given up is given up at the application, and its connection goes on', async (t) => {
    const { engine, server, origin, dispatcher } = await agent(t, OVER_TLS[0]!);
    const giveUp = new AbortController();
    const asked = request(`${origin}/hang`, { dispatcher, signal: giveUp.signal });
    await engine.until(() => server.asked.length === 1);
    giveUp.abort();
    await assert.rejects(asked, { name: 'AbortError' });
    await engine.until(() => server.aborted === 1 && engine.inFlight === 0);
    assert.equal(await (await fetch(`${origin}/on`, { dispatcher })).text(), '/on');
    assert.equal(engine.sockets.length, 1);
    assert.equal(engine.upstreams, 1);
    await dispatcher.close();
    await engine.isEmpty();
  });
});

describe('§3.12 node:http2 through the router,', () => {
  async function session(t: TestContext, ways: Ways) {
    const { engine, server, origin, ca, local } = await platform(t, ways);
    const session = connect(local, { ca, servername: 'app.test' });
    session.on('error', () => {});
    t.onTestFinished(() => session.destroy());
    await once(session, 'connect');
    const ask = (path: string, body: Buffer | null = null, more = {}) =>
      answer(session, { ':path': path, ':authority': new URL(origin).host, ...more }, body);
    return { engine, server, session, ask };
  }

  for (const ways of WAYS) {
    test(`${nameOf(ways)}: 100 streams at once, and among them large ones up and down`, async (t) => {
      const { engine, session: client, ask } = await session(t, ways);
      const bytes = bytesOf(LARGE);
      const post = { ':method': 'POST' };
      const [digest, download, echo, ...small] = await Promise.all([
        ask('/digest', bytes, post),
        ask(`/stream/${LARGE}`),
        ask('/echo', bytes, post),
        ...Array.from({ length: 97 }, (_, i) => ask(`/${i}`)),
      ]);
      assert.equal(digest!.toString(), digestOf(bytes));
      assert.ok(download!.equals(bytes));
      assert.ok(echo!.equals(bytes));
      assert.deepEqual(
        small.map(String),
        Array.from({ length: 97 }, (_, i) => `/${i}`),
      );
      client.close();
      await engine.isEmpty();
    });

    test(`${nameOf(ways)}: streams that are given up at any point leave the others whole`, async (t) => {
      const { engine, session: client, ask } = await session(t, ways);
      const bytes = bytesOf(300_000);
      const rest = Array.from({ length: 20 }, () => ask('/echo', bytes, { ':method': 'POST' }));
      for (let i = 0; i < 40; i++) {
        const stream = client.request({ ':authority': 'app.test', ':method': 'POST', ':path': '/echo' });
        stream.on('error', () => {});
        const stop = () => stream.close(constants.NGHTTP2_CANCEL);
        if (i % 4 === 0) stop();
        else if (i % 4 === 1) stream.write(bytes.subarray(0, 1000), stop);
        else if (i % 4 === 2) stream.once('response', stop).write('x');
        else stream.once('data', stop).end(bytes);
        await once(stream, 'close');
      }
      for (const echo of await Promise.all(rest)) assert.ok(echo.equals(bytes));
      client.close();
      await engine.isEmpty();
    });
  }
});

function* inPieces(bytes: Buffer): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += PIECE) yield bytes.subarray(at, at + PIECE);
}

/** Every name is this machine's. */
const hereAlways: LookupFunction = (_host, _options, done) =>
  done(null, [{ address: '127.0.0.1', family: 4 }]);

async function answer(session: ClientHttp2Session, headers: object, body: Buffer | null): Promise<Buffer> {
  const stream = session.request({ ...headers }, { endStream: body === null });
  if (body !== null) Readable.from(inPieces(body)).pipe(stream);
  const pieces: Buffer[] = [];
  stream.on('data', (piece: Buffer) => pieces.push(piece));
  await once(stream, 'end');
  return Buffer.concat(pieces);
}
