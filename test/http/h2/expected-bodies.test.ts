import assert from 'node:assert/strict';
import { test } from 'vitest';
import { WindowRoom } from '../../../src/http/h2/receive-window.ts';
import type { Stream } from '../../../src/http/h2/stream.ts';
import { Streams } from '../../../src/http/h2/streams.ts';
import { PairStream } from '../../support/http2-pair-stream.ts';

const MB = 1024 * 1024;
const BODY = 5 * MB;
const HEARS_NOTHING = { onReset() {}, onClosed() {} };

/** Those of a client, and one more of them, that begins with a body. */
function serving(): { streams: Streams; upload: (id: number) => Stream } {
  const wire = { text() {}, bytes() {} };
  const streams = new Streams(wire, 2, 9 * MB, new WindowRoom(64 * MB), { onIdle() {} });
  const upload = (id: number) => {
    const listener = new PairStream(true, streams.room, HEARS_NOTHING);
    listener.begin(id);
    streams.begin(listener.stream, id);
    listener.stream.owed = BODY;
    streams.expectBody(listener.stream, BODY);
    return listener.stream;
  };
  return { streams, upload };
}

test('a body for which there was no room gets what others leave, as soon as they are over', () => {
  const { streams, upload } = serving();
  const [first, second, third, fourth] = [upload(1), upload(3), upload(5), upload(7)];
  for (const stream of [first, second, third]) assert.equal(stream.window.left, BODY);
  assert.ok(fourth.window.left < MB, `${fourth.window.left}`);
  streams.reset(second, 8);
  assert.equal(fourth.window.left, BODY);
  assert.equal(first.window.left, BODY);
});

test('one of which something waits is not let send more', () => {
  const { streams, upload } = serving();
  const [first, , , fourth] = [upload(1), upload(3), upload(5), upload(7)];
  const { left } = fourth.window;
  streams.received(fourth, 1000);
  fourth.owed -= 1000;
  streams.reset(first, 8);
  assert.equal(fourth.window.left, left - 1000);
  streams.settle(fourth);
  const fifth = upload(9);
  streams.reset(fifth, 8);
  assert.ok(fourth.window.left >= fourth.owed);
});
