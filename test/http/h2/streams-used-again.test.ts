import assert from 'node:assert/strict';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { test } from 'vitest';
import { Http2Backend, responds } from '../../support/http2-backend.ts';
import { http2Engine } from '../../support/http2-engine.ts';
import { connectPeer } from '../../support/http2-peer.ts';
import {
  asking,
  data,
  END_STREAM,
  headers,
  resetStream,
  SETTING,
  settings,
} from '../../support/raw-http2.ts';

/** What the backend lets come of a stream. Bytes. */
const WINDOW = 1000;

test('a body that its backend did not take is no part of the next request', async (t) => {
  const backend = await Http2Backend.start(t, ({ peer, id, path }) => {
    if (path === '/first') peer.send(responds(id, [['content-length', '5']]), data(id, 'hello'));
  });
  backend.greeting = settings([SETTING.initialWindowSize, WINDOW]);
  const engine = await http2Engine(t, backend);
  const client = await connectPeer(engine.port);
  // So that the backend's window is known.
  client.send(headers(1, asking({ ':path': '/warm' })));
  const warm = await backend.heard('/warm');
  warm.peer.send(responds(warm.id, [], END_STREAM));
  await client.over(1);

  client.send(headers(3, asking({ ':method': 'POST', ':path': '/first' }), 0));
  const first = await backend.heard('/first');
  for (let i = 0; i < 10; i++) {
    client.send(data(3, 'theirs'.repeat(100)));
    await nextTurn();
  }
  client.send(data(3, 'theirs', END_STREAM));
  await client.until(() => client.stream(3).body === 'hello');
  first.peer.send(resetStream(first.id));
  assert.equal(await client.outcome(3), 'RST INTERNAL_ERROR', client.summary());

  client.send(headers(5, asking({ ':method': 'POST', ':path': '/second' }), 0), data(5, 'mine', END_STREAM));
  const second = await backend.heard('/second');
  assert.equal(await second.whole, 'mine');
  second.peer.send(responds(second.id, [], END_STREAM));
  assert.equal(await client.outcome(5), '200');
  client.close();
  await engine.isEmpty();
});

test('a request that is refused is answered as its own method wants, not as the one before', async (t) => {
  const engine = await http2Engine(t, await Http2Backend.start(t));
  const client = await connectPeer(engine.port);
  const conflict = [['host', 'other.test']] as const;
  const cases = [
    ['HEAD', []],
    ['GET', conflict],
    ['GET', []],
    ['HEAD', conflict],
  ] as const;
  for (const [i, [method, more]] of cases.entries()) {
    client.send(headers(2 * i + 1, asking({ ':method': method }, more)));
    const { body } = await client.over(2 * i + 1);
    assert.equal(body !== '', method === 'GET', `${method} with ${more.length} more`);
  }
  assert.deepEqual(client.wrongs, []);
  client.close();
});
