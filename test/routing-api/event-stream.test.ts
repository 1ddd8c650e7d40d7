import assert from 'node:assert/strict';
import fc from 'fast-check';
import { test } from 'vitest';
import { EventStream, type StreamEvent } from '../../src/routing-api/event-stream.ts';

test('events are the same however the stream is cut', () => {
  const text =
    ': hello\r\nevent: Upsert\rdata: {"a":1}\ndata:two\n\nid: 3\n\ndata\r\n\r\nevent: Delete\ndata: x\n\n';
  const whole = new EventStream().add(text);
  assert.deepEqual(whole, [
    { event: 'Upsert', data: '{"a":1}\ntwo' },
    { event: 'message', data: '' },
    { event: 'Delete', data: 'x' },
  ]);
  fc.assert(
    fc.property(fc.array(fc.nat(text.length)), (cuts) => {
      const stream = new EventStream();
      const at = [0, ...cuts.toSorted((a, b) => a - b), text.length];
      const events = at.slice(1).flatMap((end, i) => stream.add(text.slice(at[i], end)) as StreamEvent[]);
      assert.deepEqual(events, whole);
    }),
  );
  assert.equal(new EventStream().add(`data: ${'x'.repeat(1 << 20)}`), 'too-long');
});
