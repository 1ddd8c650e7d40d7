import assert from 'node:assert/strict';
import { test } from 'vitest';
import { answersPath, Http2Backend } from '../../support/http2-backend.ts';
import { http2Engine } from '../../support/http2-engine.ts';
import {
  ACK,
  asking,
  data,
  END_STREAM,
  headers,
  RawHttp2,
  SETTING,
  settings,
  TYPE,
} from '../../support/raw-http2.ts';

/** RFC 9113 §6.9.2: what every stream, and the connection, may send at first. */
const FIRST_WINDOW = 65_535;
const FRAME = 16_384;
/** All that a connection may have, but for one. */
const STALLED = 127;

test('uploads whose backend takes nothing hold up no other upload of their connection', async (t) => {
  const takesNone = await Http2Backend.start(t, () => {});
  takesNone.greeting = settings([SETTING.initialWindowSize, 0]);
  const takesAll = await Http2Backend.start(t, (asked) => asked.whole.then(() => answersPath(asked)));
  const engine = await http2Engine(t, takesAll);
  const { port } = takesNone;
  engine.routeToEndpoint('stalled.test', { host: '127.0.0.1', port, protocol: 'http2' });
  const client = await RawHttp2.connect(engine.port);
  t.onTestFinished(() => client.close());
  const posts = (id: number, host: string) =>
    client.send(headers(id, asking({ ':method': 'POST', ':path': `/${id}`, ':authority': host }), 0));
  let room = FIRST_WINDOW;
  /** As much as the connection's window takes of so many bytes. */
  const sends = (id: number, bytes: number, flags = 0): void => {
    room += client.takeWindow(0);
    for (let left = Math.min(bytes, room); left > 0; left -= FRAME) {
      const piece = Math.min(left, FRAME);
      room -= piece;
      client.send(data(id, Buffer.alloc(piece, 'x'), left === piece ? flags : 0));
    }
  };
  await client.window(0);
  posts(1, 'stalled.test');
  const { peer } = await takesNone.heard('/1');
  // From now on it is known there that nothing is taken.
  await peer.until(() => peer.of(TYPE.settings, 0).some(({ flags }) => flags === ACK));
  for (let id = 3; id < 2 * STALLED; id += 2) {
    posts(id, 'stalled.test');
    sends(id, FIRST_WINDOW);
  }
  await takesNone.heard(`/${2 * STALLED - 1}`);
  const good = 2 * STALLED + 1;
  posts(good, 'app.test');
  sends(good, FIRST_WINDOW, END_STREAM);
  assert.equal(await client.outcome(good), '200');
});
