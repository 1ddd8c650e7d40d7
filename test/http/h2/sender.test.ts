import assert from 'node:assert/strict';
import fc from 'fast-check';
import { test } from 'vitest';
import { onPanic, type Panic } from '../../../src/boundary/boundary.ts';
import { parsePriority, UNSAID } from '../../../src/http/h2/priority.ts';
import { ReceiveWindow, WindowRoom } from '../../../src/http/h2/receive-window.ts';
import { Sender } from '../../../src/http/h2/sender.ts';
import type { Stream } from '../../../src/http/h2/stream.ts';
import { FrameReader } from '../../support/http2-frames.ts';
import { PairStream } from '../../support/http2-pair-stream.ts';
import { TYPE } from '../../support/raw-http2.ts';

const HEARS_NOTHING = { onReset() {}, onClosed() {} };
const FRAME = 16_384;

/** A sender whose frames are told by the stream they are of. */
function sending(): { sender: Sender; order: () => number[] } {
  const reader = new FrameReader();
  const order: number[] = [];
  const hear = (bytes: Buffer) => {
    for (const { type, stream } of reader.push(bytes)) if (type === TYPE.data) order.push(stream);
  };
  const wire = {
    text: (text: string) => hear(Buffer.from(text, 'latin1')),
    bytes: (bytes: Buffer, start: number, end: number) => hear(bytes.subarray(start, end)),
  };
  return { sender: new Sender(wire, { endLocal() {} }), order: () => order.splice(0) };
}

function waiting(sender: Sender, id: number, priority: string | null, bytes: number): Stream {
  const listener = new PairStream(true, new WindowRoom(0), HEARS_NOTHING);
  listener.begin(id);
  const { stream } = listener;
  stream.open(id, 2 ** 30);
  stream.priority = priority === null ? UNSAID : parsePriority(priority);
  sender.data(stream, Buffer.alloc(bytes), 0, bytes, false);
  return stream;
}

test('RFC 9218 §10 the most urgent goes first, then those that come in turns and those one after the other', () => {
  const { sender, order } = sending();
  sender.window = 2 ** 30;
  sender.block();
  waiting(sender, 1, 'u=5', 2 * FRAME);
  waiting(sender, 3, 'u=2', 2 * FRAME);
  waiting(sender, 7, 'u=2', 2 * FRAME);
  waiting(sender, 5, 'u=2', 2 * FRAME);
  sender.unblock();
  assert.deepEqual(order(), [3, 3, 5, 5, 7, 7, 1, 1]);
  sender.block();
  waiting(sender, 9, 'u=0', FRAME);
  waiting(sender, 11, 'u=2, i', 3 * FRAME);
  waiting(sender, 13, 'u=2, i', 3 * FRAME);
  sender.unblock();
  assert.deepEqual(order(), [9, 11, 13, 11, 13, 11, 13]);
});

test('one whose window is used up holds up none of those behind it', () => {
  const { sender, order } = sending();
  sender.window = 2 ** 30;
  sender.block();
  const first = waiting(sender, 1, 'u=0', 2 * FRAME);
  waiting(sender, 3, 'u=7', 2 * FRAME);
  first.sendWindow = 0;
  sender.unblock();
  assert.deepEqual(order(), [3, 3]);
  first.sendWindow = FRAME;
  sender.pump();
  assert.deepEqual([order(), sender.queued], [[1], FRAME]);
  sender.drop(first);
  assert.equal(sender.queued, 0);
});

test('a stream whose listener throws when it is drained costs no other', () => {
  const panics: Panic[] = [];
  onPanic((panic) => panics.push(panic));
  const { sender, order } = sending();
  sender.window = 2 ** 30;
  sender.block();
  const first = waiting(sender, 1, 'u=0', FRAME);
  waiting(sender, 3, 'u=0', FRAME);
  first.listener.onDrain = () => {
    throw new Error('of our own');
  };
  first.listener.panic = () => {};
  sender.unblock();
  assert.deepEqual([order(), panics.length], [[1, 3], 1]);
});

test('RFC 9218 §4 a priority is what it says, and what is none is as if it was not there', () => {
  const said = fc.record(
    {
      u: fc.oneof(fc.nat(7).map(String), fc.constantFrom('8', '-1', '1.0', '?1')),
      i: fc.constantFrom('', '=?1', '=?0', '=1'),
    },
    { requiredKeys: [] },
  );
  const property = fc.property(
    said,
    fc.constantFrom(',', ', ', ' , '),
    fc.boolean(),
    ({ u, i }, comma, swapped) => {
      const members = [u === undefined ? null : `u=${u}`, i === undefined ? null : `i${i}`];
      if (swapped) members.reverse();
      const { urgency, incremental } = parsePriority(members.filter((member) => member !== null).join(comma));
      assert.equal(urgency, u !== undefined && /^[0-7]$/.test(u) ? Number(u) : 3);
      assert.equal(incremental, i === '' || i === '=?1');
    },
  );
  fc.assert(property, { numRuns: 200, seed: 9113 });
  fc.assert(
    fc.property(fc.string({ maxLength: 200 }), (text) => assert.ok(parsePriority(text).urgency <= 7)),
  );
});

test('a window is whole again once all is taken, and what it has grown by is held for as long as its bytes are', () => {
  const step = fc.record({ part: fc.double({ min: 0, max: 1, noNaN: true }), takes: fc.boolean() });
  const property = fc.property(fc.array(step, { maxLength: 60 }), fc.boolean(), (steps, closes) => {
    const room = new WindowRoom(500_000, new WindowRoom(400_000));
    const window = new ReceiveWindow(room);
    window.reset(65_535, 1_000_000);
    let [left, held] = [65_535, 0];
    const take = (bytes: number) => {
      left += window.consume(bytes);
      held -= bytes;
    };
    for (const { part, takes } of steps) {
      const bytes = Math.floor((takes ? held : left) * part);
      if (takes) take(bytes);
      else {
        assert.ok(window.allows(left) && !window.allows(left + 1));
        window.receive(bytes);
        left -= bytes;
        held += bytes;
      }
      assert.equal(window.held, held);
      assert.ok(left <= window.size && room.promised === window.size - 65_535);
    }
    const grown = room.promised;
    if (closes) window.close();
    assert.equal(room.promised, closes ? Math.min(grown, held) : grown);
    take(held);
    assert.equal(window.held, 0);
    window.close();
    assert.equal(room.promised, 0);
    window.reset(65_535, 100_000);
    assert.deepEqual([window.size, window.held, room.promised], [65_535, 0, 0]);
  });
  fc.assert(property, { numRuns: 300, seed: 9113 });
});
