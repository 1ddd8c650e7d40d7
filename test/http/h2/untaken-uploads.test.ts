import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { type TestContext, test } from 'vitest';
import { ClientConnection } from '../../../src/http/h2/connection/client-connection.ts';
import { HTTP_2, HttpEngine } from '../../support/http-engine.ts';
import { Http2Backend, responds } from '../../support/http2-backend.ts';
import { http2Engine } from '../../support/http2-engine.ts';
import {
  ACK,
  asking,
  data,
  END_STREAM,
  headers,
  RawHttp2,
  resetStream,
  SETTING,
  settings,
  TYPE,
  windowUpdate,
} from '../../support/raw-http2.ts';

const WINDOW = 65_535;
const PIECE = Buffer.alloc(16_384, 'x');
/** What the stream may send at first, in whole pieces. */
const PIECES = [PIECE, PIECE, PIECE];
const SENT = PIECES.length * PIECE.length;

function posts(id: number): Buffer {
  return headers(id, asking({ ':method': 'POST', ':path': `/${id}` }), 0);
}

async function connected(t: TestContext, engine: HttpEngine) {
  const client = await RawHttp2.connect(engine.port);
  t.onTestFinished(() => client.close());
  const [connection] = engine.proxy.downstreams;
  assert.ok(connection instanceof ClientConnection);
  return { client, connection };
}

test('of an upload that a backend of HTTP/2 takes nothing of all is counted, also what waits on its side', async (t) => {
  const backend = await Http2Backend.start(t, () => {});
  backend.greeting = settings([SETTING.initialWindowSize, 0]);
  const engine = await http2Engine(t, backend);
  const { client, connection } = await connected(t, engine);
  client.send(posts(1));
  const { peer } = await backend.heard('/1');
  // From now on it is known that nothing is taken.
  await peer.until(() => peer.of(TYPE.settings, 0).some(({ flags }) => flags === ACK));
  client.send(posts(3), ...PIECES.map((piece) => data(3, piece)));
  await engine.until(() => connection.held === SENT);
  client.send(resetStream(3));
  await engine.until(() => connection.held === 0 && connection.parts.memory.held === 0);
  client.send(posts(5), ...PIECES.map((piece) => data(5, piece)));
  await engine.until(() => connection.held === SENT);
  const { id } = await backend.heard('/5');
  peer.send(windowUpdate(id, SENT));
  await peer.until(() => peer.stream(id).body.length === SENT);
  await engine.until(() => connection.held === 0);
  peer.send(responds(id, [], END_STREAM));
  client.send(data(5, '', END_STREAM));
  assert.equal(await client.outcome(5), '200');
  assert.equal(connection.parts.memory.held, 0);
});

test('so it is of one that a backend of HTTP/1.1 takes no more of', async (t) => {
  const server = createServer({ pauseOnConnect: true }, (socket) => socket.on('error', () => {}));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  t.onTestFinished(() => void server.close());
  const engine = await HttpEngine.start(t, { http2: HTTP_2 });
  engine.route('app.test', (server.address() as AddressInfo).port);
  const { client, connection } = await connected(t, engine);
  client.send(posts(1));
  // Piece by piece, until the kernel takes one no more.
  for (let room = WINDOW; connection.held === 0; room -= PIECE.length) {
    await engine.until(() => {
      room += client.takeWindow(1);
      return room >= PIECE.length || connection.held > 0;
    });
    client.send(data(1, PIECE));
  }
  client.send(resetStream(1));
  await engine.until(() => connection.held === 0 && connection.parts.memory.held === 0);
});
