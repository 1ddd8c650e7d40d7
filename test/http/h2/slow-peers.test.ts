import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { test } from 'vitest';
import { ClientConnection } from '../../../src/http/h2/connection/client-connection.ts';
import type { HttpEngine } from '../../support/http-engine.ts';
import { type Asked, Http2Backend, responds } from '../../support/http2-backend.ts';
import { http2Engine } from '../../support/http2-engine.ts';
import { endsStream } from '../../support/http2-frames.ts';
import {
  asking,
  data,
  END_STREAM,
  headers,
  RawHttp2,
  SETTING,
  settings,
  TYPE,
  windowUpdate,
} from '../../support/raw-http2.ts';

/** How long a peer may take nothing. */
const STALLED_MS = 1000;
const STEP_MS = 250;
/** Together more than a peer that takes nothing has. */
const STEPS = 8;
const PIECE = 16_000;
const WINDOW = 65_535;

/** Sends a body as fast as it is let. Answers how much of it has gone. */
function sendsMuch({ peer, id }: Asked, bytes: number): () => number {
  let sent = 0;
  let window = WINDOW;
  let ofAll = WINDOW;
  const go = () => {
    for (;;) {
      const count = Math.min(PIECE, window, ofAll, bytes - sent);
      if (count <= 0) return;
      sent += count;
      window -= count;
      ofAll -= count;
      peer.send(data(id, Buffer.alloc(count, 'x'), sent === bytes ? END_STREAM : 0));
    }
  };
  const { onFrame } = peer;
  peer.onFrame = (frame, fields) => {
    onFrame(frame, fields);
    if (frame.type !== TYPE.windowUpdate) return;
    if (frame.stream === id) window += frame.payload.readUInt32BE(0);
    else if (frame.stream === 0) ofAll += frame.payload.readUInt32BE(0);
    go();
  };
  for (const { type, stream, payload } of peer.frames) {
    if (type === TYPE.windowUpdate && stream === 0) ofAll += payload.readUInt32BE(0);
  }
  peer.send(responds(id));
  go();
  return () => sent;
}

function heldBy(engine: HttpEngine): number {
  const [connection] = engine.proxy.downstreams;
  return connection instanceof ClientConnection ? connection.held : 0;
}

test('a client that takes its response slowly has all the time, and no more than a window of it waits', async (t) => {
  const bytes = STEPS * WINDOW;
  const backend = await Http2Backend.start(t, (asked) => sendsMuch(asked, bytes));
  const engine = await http2Engine(t, backend, { stalledWriteTimeout: STALLED_MS });
  const client = await RawHttp2.connect(engine.port, settings([SETTING.initialWindowSize, 0]));
  client.send(windowUpdate(0, 2 ** 30), headers(1, asking()));
  let most = 0;
  for (let step = 1; step <= STEPS; step++) {
    // A byte less than a window, so that what waits is never all gone.
    client.send(windowUpdate(1, WINDOW - 1));
    await client.until(() => client.stream(1).body.length >= step * (WINDOW - 1));
    await delay(STEP_MS);
    most = Math.max(most, heldBy(engine));
  }
  client.send(windowUpdate(1, STEPS));
  assert.equal(await client.outcome(1), '200');
  assert.equal(client.stream(1).body.length, bytes);
  assert.ok(most <= WINDOW, `${most} bytes waited`);
  assert.deepEqual(backend.wrongs, []);
  client.close();
  await engine.isEmpty();
});

test('a client that takes a part of what waits and then nothing is given up', async (t) => {
  const backend = await Http2Backend.start(t, (asked) => sendsMuch(asked, STEPS * WINDOW));
  const engine = await http2Engine(t, backend, { stalledWriteTimeout: STALLED_MS });
  const client = await RawHttp2.connect(engine.port, settings([SETTING.initialWindowSize, 0]));
  client.send(headers(1, asking()));
  await client.until(() => client.stream(1).status === '200');
  client.send(windowUpdate(1, 1000));
  await client.until(() => client.stream(1).body.length === 1000);
  assert.equal(await client.outcome(1), 'RST CANCEL');
  client.close();
  await engine.isEmpty();
});

test('a backend that takes a request slowly has all the time, too', async (t) => {
  const backend = await Http2Backend.start(t, () => undefined);
  backend.greeting = settings([SETTING.initialWindowSize, 0]);
  const engine = await http2Engine(t, backend, { stalledWriteTimeout: STALLED_MS });
  const client = await RawHttp2.connect(engine.port);
  // As much as comes at once, and so waits in one piece.
  const upload = Buffer.alloc(STEPS * 5000, 'x');
  client.send(headers(1, asking({ ':method': 'POST' }), 0));
  const asked = await backend.heard('/');
  for (let at = 0; at < upload.length; at += PIECE) client.send(data(1, upload.subarray(at, at + PIECE)));
  client.send(data(1, '', END_STREAM));
  const { peer, id } = asked;
  for (let step = 1; step <= STEPS; step++) {
    await delay(STEP_MS);
    peer.send(windowUpdate(id, 5000));
    await peer.until(() => peer.stream(id).body.length === step * 5000);
  }
  await peer.until(() => peer.frames.some((frame) => frame.stream === id && endsStream(frame)));
  peer.send(responds(id, [], END_STREAM));
  assert.equal(await client.outcome(1), '200');
  client.close();
  await engine.isEmpty();
});
