import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { test } from 'vitest';
import { HTTP_2, HttpEngine } from '../../support/http-engine.ts';
import { DATA, END_STREAM, HEADERS, startFramesServer } from '../../support/http2-frames-server.ts';

/** So that in some of them the last chunk and the answer arrive in the same turn of the loop. */
const TRIES = 60;

// nodejs/node#41458: Node 26 ends the process when a stream is closed that has yet to be asked for its trailers.
test('a backend that answers nonsense, whole, just as a chunked request ends costs that request alone', async (t) => {
  const engine = await HttpEngine.start(t, { http2: HTTP_2 });
  const { promise: arrived, resolve } = Promise.withResolvers<void>();
  let atHead = resolve;
  const { port } = await startFramesServer(t, ({ type, stream }, connection) => {
    if (type !== HEADERS) return;
    atHead();
    answer = () => {
      connection.respond(stream, 0, [[':status', '99']]);
      connection.send(DATA, END_STREAM, stream, 'bye');
    };
  });
  let answer = () => {};
  engine.routeToEndpoint('app.test', { host: '127.0.0.1', port, protocol: 'http2' });
  let head = arrived;
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const client = connect(engine.port, '127.0.0.1');
    client.write('POST / HTTP/1.1\r\nHost: app.test\r\nTransfer-Encoding: chunked\r\n\r\n');
    await head;
    ({ promise: head, resolve: atHead } = Promise.withResolvers<void>());
    client.write('0\r\n\r\n');
    answer();
    const [response] = await once(client, 'data');
    assert.match(String(response), /^HTTP\/1\.1 502 /);
    client.destroy();
  }
  await engine.isEmpty();
  assert.equal(engine.panics, 0);
});
