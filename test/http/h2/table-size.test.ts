import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request as askHttp1, createServer as createHttp1 } from 'node:http';
import { type ClientHttp2Session, type ClientHttp2Stream, connect, createServer } from 'node:http2';
import type { AddressInfo, Server } from 'node:net';
import { describe, type TestContext, test } from 'vitest';
import { HTTP_2, HttpEngine } from '../../support/http-engine.ts';

/** nghttp2 ends a connection whose next header block does not say that the table is smaller now (RFC 9113 §4.3.1). */
const SIZES = [0, 1, 100, 4095, 4096, 65_536];

async function listen(t: TestContext, server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

/** An application that ends its answers, trailers and all, when it is let. */
async function frontFor(t: TestContext, mayEnd: Promise<void> = Promise.resolve()): Promise<HttpEngine> {
  const engine = await HttpEngine.start(t, { http2: HTTP_2 });
  const application = createHttp1((_, response) => {
    response.writeHead(200, { trailer: 'x-sum' });
    response.write('ok');
    void mayEnd.then(() => {
      response.addTrailers({ 'x-sum': '1' });
      response.end();
    });
  });
  engine.route('app.test', await listen(t, application));
  return engine;
}

function client(t: TestContext, engine: HttpEngine, headerTableSize: number): ClientHttp2Session {
  const session = connect(`http://127.0.0.1:${engine.port}`, { settings: { headerTableSize } });
  t.onTestFinished(() => session.destroy());
  return session;
}

function ask(session: ClientHttp2Session): ClientHttp2Stream {
  return session.request({ ':path': '/', ':authority': 'app.test' });
}

/** Its status and its trailer. */
async function answerOf(stream: ClientHttp2Stream): Promise<unknown[]> {
  const heads = Promise.all([once(stream, 'response'), once(stream, 'trailers')]);
  stream.resume();
  const [[head], [trailers]] = await heads;
  return [head[':status'], trailers['x-sum']];
}

describe('RFC 9113 §4.3.1 a table that is smaller now is said to be so', () => {
  for (const size of SIZES) {
    test(`to a client that allows ${size} octets`, async (t) => {
      const session = client(t, await frontFor(t), size);
      for (let i = 0; i < 3; i++) assert.deepEqual(await answerOf(ask(session)), [200, '1']);
    });

    test(`to a backend that allows ${size} octets, over one connection`, async (t) => {
      const engine = await HttpEngine.start(t, { http2: HTTP_2 });
      let sessions = 0;
      const application = createServer({ settings: { headerTableSize: size } }, (_, response) => {
        response.end('ok');
      });
      application.on('session', () => sessions++);
      const port = await listen(t, application);
      engine.routeToEndpoint('app.test', { host: '127.0.0.1', port, protocol: 'http2' });
      for (let i = 0; i < 4; i++) {
        const asked = askHttp1({ port: engine.port, host: '127.0.0.1', headers: { host: 'app.test' } }).end();
        const [response] = await once(asked, 'response');
        response.resume();
        await once(response, 'end');
        assert.equal(response.statusCode, 200);
      }
      assert.equal(sessions, 1);
    });
  }

  test('in front of trailers, if it comes to that while a response is under way, and each time anew', async (t) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const session = client(t, await frontFor(t, promise), 4096);
    const stream = ask(session);
    await once(stream, 'response');
    const trailers = once(stream, 'trailers');
    stream.resume();
    for (const headerTableSize of [0, 4096, 10]) {
      await new Promise<void>((done) => session.settings({ headerTableSize }, () => done()));
    }
    resolve();
    assert.equal((await trailers)[0]['x-sum'], '1');
    for (const headerTableSize of [8192, 4096, 100, 65_536]) {
      await new Promise<void>((done) => session.settings({ headerTableSize }, () => done()));
      assert.deepEqual(await answerOf(ask(session)), [200, '1']);
    }
  });
});
