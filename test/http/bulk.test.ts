import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer as createHttpServer, request as httpRequest, type IncomingMessage } from 'node:http';
import { connect as http2Connect } from 'node:http2';
import type { AddressInfo } from 'node:net';
import type { Readable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, type TestContext, test } from 'vitest';
import { HttpEngine } from '../support/http-engine.ts';

const BYTES = 3 * 1024 * 1024 + 17;
const HTTP2 = { priorKnowledge: true, overTls: true, inClear: true };

/** Bytes that tell whose they are and where they belong. */
function bodyOf(name: string): Buffer {
  const body = Buffer.alloc(BYTES, `${name} `);
  for (let at = 0; at + 4 <= BYTES; at += 1024) body.writeUInt32BE(at, at);
  return body;
}

function digest(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** GET /name answers its body, `/chunked/name` without saying how long it is; POST answers what it got as a digest. */
async function startApp(t: TestContext): Promise<number> {
  const server = createHttpServer(async (request, response) => {
    if (request.method === 'POST') {
      response.end(await digestOf(request));
      return;
    }
    const body = bodyOf(request.url!);
    if (!request.url!.startsWith('/chunked/')) response.setHeader('Content-Length', body.length);
    for (let at = 0; at < body.length; at += 200_000) {
      if (!response.write(body.subarray(at, at + 200_000))) await once(response, 'drain');
    }
    response.end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

async function digestOf(stream: Readable, turnsBetween = 0): Promise<string> {
  const hash = createHash('sha256');
  for await (const piece of stream) {
    hash.update(piece as Buffer);
    for (let turn = 0; turn < turnsBetween; turn++) await nextTurn();
  }
  return hash.digest('hex');
}

async function fetchDigest(port: number, path: string, turnsBetween: number): Promise<string> {
  const request = httpRequest({ port, host: '127.0.0.1', path, headers: { host: 'app.test' } });
  request.end();
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  return digestOf(response, turnsBetween);
}

async function platform(t: TestContext): Promise<HttpEngine> {
  const engine = await HttpEngine.start(t, { http2: HTTP2 });
  engine.route('app.test', await startApp(t));
  return engine;
}

describe('bodies of megabytes arrive as they were sent', () => {
  for (const prefix of ['', '/chunked']) {
    test(`to clients that read at once, and to slow ones beside them${prefix && ', in chunks'}`, async (t) => {
      const engine = await platform(t);
      const wanted = Array.from({ length: 12 }, (_, i) => `${prefix}/body-${i}`);
      const got = await Promise.all(
        wanted.map((path, i) => fetchDigest(engine.port, path, i % 3 === 0 ? 0 : 7)),
      );
      assert.deepEqual(
        got,
        wanted.map((path) => digest(bodyOf(path))),
      );
    });
  }

  test('one after the other over connections that are kept', async (t) => {
    const engine = await platform(t);
    for (let i = 0; i < 6; i++) {
      const path = `/body-${i}`;
      assert.equal(await fetchDigest(engine.port, path, 0), digest(bodyOf(path)));
    }
    assert.equal(engine.upstreams, 1);
  });

  test('to a client that goes away in the midst nothing more is read, and others get theirs', async (t) => {
    const engine = await platform(t);
    const leaving = httpRequest({
      port: engine.port,
      host: '127.0.0.1',
      path: '/gone',
      headers: { host: 'app.test' },
    });
    leaving.on('error', () => {});
    leaving.end();
    const [response] = (await once(leaving, 'response')) as [IncomingMessage];
    await once(response, 'data');
    response.destroy();
    const got = await Promise.all([0, 1, 2].map((i) => fetchDigest(engine.port, `/body-${i}`, 3)));
    assert.deepEqual(
      got,
      [0, 1, 2].map((i) => digest(bodyOf(`/body-${i}`))),
    );
    await engine.until(() => engine.inFlight === 0);
  });

  test('over HTTP/2', async (t) => {
    const engine = await platform(t);
    const session = http2Connect(`http://127.0.0.1:${engine.port}`);
    t.onTestFinished(() => session.destroy());
    const got = await Promise.all(
      [0, 1, 2, 3].map((i) =>
        digestOf(session.request({ ':path': `/body-${i}`, ':authority': 'app.test' }), i),
      ),
    );
    assert.deepEqual(
      got,
      [0, 1, 2, 3].map((i) => digest(bodyOf(`/body-${i}`))),
    );
  });

  test('uploads, with and without a length', async (t) => {
    const engine = await platform(t);
    const got = await Promise.all(
      Array.from({ length: 8 }, async (_, i) => {
        const body = bodyOf(`up-${i}`);
        const headers = { host: 'app.test', ...(i % 2 === 0 && { 'content-length': body.length }) };
        const request = httpRequest({ port: engine.port, host: '127.0.0.1', method: 'POST', headers });
        for (let at = 0; at < body.length; at += 150_000) {
          if (!request.write(body.subarray(at, at + 150_000))) await once(request, 'drain');
        }
        request.end();
        const [response] = (await once(request, 'response')) as [IncomingMessage];
        let text = '';
        for await (const piece of response.setEncoding('latin1')) text += piece;
        return text;
      }),
    );
    assert.deepEqual(
      got,
      Array.from({ length: 8 }, (_, i) => digest(bodyOf(`up-${i}`))),
    );
  });
});
