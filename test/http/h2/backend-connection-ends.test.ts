import assert from 'node:assert/strict';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { test } from 'vitest';
import { type Asked, answersPath, Http2Backend, responds } from '../../support/http2-backend.ts';
import { http2Engine } from '../../support/http2-engine.ts';
import { connectPeer } from '../../support/http2-peer.ts';
import {
  asking,
  data,
  END_STREAM,
  frame,
  headers,
  SETTING,
  settings,
  TYPE,
} from '../../support/raw-http2.ts';

const GONE_TRIES = 20;
const MB = 1024 * 1024;
const MOST_PIECES = 1000;

test('what still waits of a request is given up with it when the answer is whole', async (t) => {
  const backend = await Http2Backend.start(t);
  backend.greeting = settings([SETTING.initialWindowSize, 0]);
  const engine = await http2Engine(t, backend);
  // Not within the first window, which is there before the backend's settings are.
  const warming = await engine.connect();
  warming.send('GET /warm HTTP/1.1\r\nHost: app.test\r\n\r\n');
  await warming.response();
  const client = await engine.connect();
  client.send('POST /tail HTTP/1.1\r\nHost: app.test\r\nContent-Length: 5\r\n\r\nhello');
  assert.equal((await client.response()).body, '/tail');
  const { peer, id } = await backend.heard('/tail');
  await peer.until(() => peer.of(TYPE.resetStream, id).length === 1);
  assert.deepEqual(peer.wrongs, []);
  warming.close();
  client.close();
  await engine.isEmpty();
});

/** Two that have nothing to do but wait for one another are read in one turn of the loop. */
function holdUp(milliseconds: number): void {
  const until = performance.now() + milliseconds;
  while (performance.now() < until);
}

test('a request that comes in the turn in which its backend closes the connection goes over another', async (t) => {
  const backend = await Http2Backend.start(t);
  const engine = await http2Engine(t, backend);
  const client = await connectPeer(engine.port);
  for (let i = 0; i < GONE_TRIES; i++) {
    client.send(headers(4 * i + 1, asking()));
    assert.equal(await client.outcome(4 * i + 1), '200', client.summary());
    backend.peers.at(-1)!.socket.end();
    holdUp(1);
    client.send(headers(4 * i + 3, asking({ ':method': 'POST' })));
    holdUp(1);
    assert.equal(await client.outcome(4 * i + 3), '200', client.summary());
  }
  client.close();
  await engine.isEmpty();
});

test('nothing is said on a connection behind the error that ends it, and what it carried goes over another', async (t) => {
  const backend = await Http2Backend.start(t, (asked: Asked) => {
    if (backend.peers.length > 1 || asked.path === '/') answersPath(asked);
    else if (asked.path === '/7') asked.peer.send(frame(TYPE.windowUpdate, 0, 0, Buffer.alloc(4)));
  });
  const engine = await http2Engine(t, backend);
  const client = await connectPeer(engine.port);
  client.send(headers(1, asking()));
  await client.over(1);
  client.send(...[3, 5, 7].map((id) => headers(id, asking({ ':path': `/${id}` }))));
  for (const id of [3, 5, 7]) {
    assert.equal(await client.outcome(id), '200', client.summary());
    assert.equal(client.stream(id).body, `/${id}`);
  }
  const [first] = backend.peers;
  await first!.closed();
  assert.equal(first!.frames.at(-1)!.type, TYPE.goaway);
  client.close();
  await engine.isEmpty();
});

test('a connection ends whose backend reads nothing, though not all that was said has gone out', async (t) => {
  const backend = await Http2Backend.start(t, ({ peer }) => void peer.socket.pause());
  const largest = 2 ** 31 - 1;
  backend.greeting = Buffer.concat([
    settings([SETTING.initialWindowSize, largest]),
    frame(TYPE.windowUpdate, 0, 0, Buffer.from([0x7f, 0, 0, 0])),
  ]);
  const engine = await http2Engine(t, backend, { stalledWriteTimeout: 100, handshakeTimeout: 100 });
  const client = await engine.connect();
  client.send('POST /upload HTTP/1.1\r\nHost: app.test\r\nTransfer-Encoding: chunked\r\n\r\n');
  await backend.heard('/upload');
  const piece = `${(65_536).toString(16)}\r\n${'x'.repeat(65_536)}\r\n`;
  let sent = 0;
  while (client.socket.writableLength < MB && !client.socket.destroyed) {
    assert.ok(sent++ < MOST_PIECES, 'all of it is taken');
    client.send(piece);
    for (let turn = 0; turn < 20; turn++) await nextTurn();
  }
  await engine.until(() => engine.upstreams === 0);
  client.close();
  await engine.isEmpty();
});

test('RFC 9113 §8.1 a response that is whole before its request is leaves nothing behind', async (t) => {
  const backend = await Http2Backend.start(t, ({ peer, id }) => peer.send(responds(id, [], END_STREAM)));
  const engine = await http2Engine(t, backend);
  const client = await connectPeer(engine.port);
  client.send(headers(1, asking({ ':method': 'POST' }), 0), data(1, 'and so on'));
  assert.equal(await client.outcome(1), '200', client.summary());
  const [peer] = backend.peers;
  await peer!.until(() => peer!.of(TYPE.resetStream, 1).length === 1);
  client.close();
  await engine.isEmpty();
});
