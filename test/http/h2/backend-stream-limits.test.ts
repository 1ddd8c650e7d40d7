import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { describe, type TestContext, test } from 'vitest';
import type { HttpEngine } from '../../support/http-engine.ts';
import { http2Engine } from '../../support/http2-engine.ts';
import { ask, get, statusOf } from '../../support/raw-http.ts';

const AT_ONCE = 40;

/** A backend that answers once as many ask as are to ask, and refuses what is beyond its limit for each connection. */
async function limited(t: TestContext, most: number): Promise<HttpEngine> {
  const server = createServer({ settings: { maxConcurrentStreams: most } });
  let waiting: ServerHttp2Stream[] = [];
  server.on('stream', (stream: ServerHttp2Stream) => {
    stream.on('error', () => {});
    waiting.push(stream);
    if (waiting.length < AT_ONCE) return;
    for (const each of waiting) each.respond({ ':status': 200 }, { endStream: true });
    waiting = [];
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.onTestFinished(() => void server.close());
  return http2Engine(t, server.address() as AddressInfo);
}

/** So many requests at once, each of which is served. */
async function burst(engine: HttpEngine): Promise<void> {
  const serve = async () => assert.equal(statusOf(await ask(engine.port, get('app.test', '/'))), 200);
  await Promise.all(Array.from({ length: AT_ONCE }, serve));
}

describe('§5.1.2 requests that come at once are all served by a backend that takes on each connection', () => {
  for (const most of [1, 3]) {
    test(`${most}, whether it is known already or not`, async (t) => {
      const engine = await limited(t, most);
      await burst(engine);
      await burst(engine);
    });
  }
});
