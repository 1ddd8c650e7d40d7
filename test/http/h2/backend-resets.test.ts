import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { test } from 'vitest';
import { http2Engine } from '../../support/http2-engine.ts';
import { ask, get, statusOf } from '../../support/raw-http.ts';

const ABANDONED = 1500;
const AT_ONCE = 50;

test('clients that give up thousands of requests do not cost others theirs, whatever the backend counts', async (t) => {
  const server = createServer();
  const ends: number[] = [];
  let asked = 0;
  server.on('session', (session: ServerHttp2Session) => {
    session.on('error', () => ends.push(1));
  });
  server.on('stream', (stream: ServerHttp2Stream, headers) => {
    stream.on('error', () => {});
    if (headers[':path'] === '/good') stream.respond({ ':status': 200 }, { endStream: true });
    else asked++;
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.onTestFinished(() => void server.close());
  const engine = await http2Engine(t, server.address() as AddressInfo);
  for (let given = 0; given < ABANDONED; given += AT_ONCE) {
    const clients = await Promise.all(Array.from({ length: AT_ONCE }, () => engine.connect()));
    for (const client of clients) client.send(get('app.test', '/slow'));
    await engine.until(() => asked >= given + AT_ONCE);
    const good = ask(engine.port, get('app.test', '/good'));
    for (const client of clients) client.socket.resetAndDestroy();
    assert.equal(statusOf(await good), 200);
    await engine.until(() => engine.inFlight === 0);
  }
  assert.deepEqual(ends, []);
});
