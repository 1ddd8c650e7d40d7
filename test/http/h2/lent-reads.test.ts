import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer as createHttp1 } from 'node:http';
import { connect, createServer as createHttp2 } from 'node:http2';
import type { AddressInfo } from 'node:net';
import type { Readable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import fc from 'fast-check';
import { type TestContext, test } from 'vitest';
import { HTTP_2, HttpEngine } from '../../support/http-engine.ts';

/** One upload: its length, and how many bytes are written at once. */
interface Upload {
  readonly length: number;
  readonly piece: number;
}

const upload = fc.record({
  length: fc.oneof(fc.nat({ max: 300 }), fc.integer({ min: 10_000, max: 200_000 })),
  piece: fc.integer({ min: 1000, max: 70_000 }),
});

/** Of what comes, read with a turn between two pieces: there is always something that waits. */
async function digest(body: Readable): Promise<string> {
  const hash = createHash('sha256');
  for await (const piece of body) {
    hash.update(piece as Buffer);
    await nextTurn();
  }
  return hash.digest('hex');
}

/** A backend that answers with the digest of what was sent. */
async function backend(t: TestContext, protocol: 'http1' | 'http2'): Promise<number> {
  const server = protocol === 'http1' ? createHttp1() : createHttp2();
  server.on('request', async (request, response) => response.end(await digest(request)));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

test.for(['http1', 'http2'] as const)(
  'clients on HTTP/2 whose bytes are read into the same memory have their own reach the backend, %s',
  async (protocol, t) => {
    const port = await backend(t, protocol);
    const engine = await HttpEngine.start(t, { http2: HTTP_2 });
    engine.routeToEndpoint('app.test', { host: '127.0.0.1', port, protocol });
    let clients = 0;
    const converse = async (uploads: readonly Upload[]): Promise<void> => {
      const number = clients++;
      const session = connect(`http://127.0.0.1:${engine.port}`);
      const ask = async ({ length, piece }: Upload, index: number): Promise<void> => {
        const body = Buffer.alloc(length, `client ${number} upload ${index} `);
        const stream = session.request({ ':method': 'POST', ':path': '/', ':authority': 'app.test' });
        for (let at = 0; at < length; at += piece) {
          if (!stream.write(body.subarray(at, at + piece))) await once(stream, 'drain');
        }
        stream.end();
        const answer = Buffer.concat(await stream.toArray()).toString();
        assert.equal(answer, createHash('sha256').update(body).digest('hex'));
      };
      await Promise.all(uploads.map(ask));
      session.close();
      await once(session, 'close');
    };
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(upload, { minLength: 1, maxLength: 4 }), { minLength: 2, maxLength: 5 }),
        async (conversations) => {
          await Promise.all(conversations.map(converse));
        },
      ),
      { numRuns: 30 },
    );
    await engine.isEmpty();
    assert.equal(engine.panics, 0);
  },
);
