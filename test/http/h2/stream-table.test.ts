import assert from 'node:assert/strict';
import fc from 'fast-check';
import { test } from 'vitest';
import { ClosedStreams } from '../../../src/http/h2/closed-streams.ts';
import { WindowRoom } from '../../../src/http/h2/receive-window.ts';
import type { Stream } from '../../../src/http/h2/stream.ts';
import { StreamTable } from '../../../src/http/h2/stream-table.ts';
import { PairStream } from '../../support/http2-pair-stream.ts';

const SEED = 9113;
const ROOM = new WindowRoom(0);
const HEARS_NOTHING = { onReset() {}, onClosed() {} };

function streamOf(id: number): Stream {
  const { stream } = new PairStream(false, ROOM, HEARS_NOTHING);
  stream.open(id, 0);
  return stream;
}

/** Near one another, alike in their low bits, and at the upper end. */
const ids = fc.oneof(
  fc.nat(40),
  fc.nat(40).map((i) => i * 128 + 1),
  fc.nat(40).map((i) => 2 ** 31 - 1 - 2 * i),
);

test('the table of streams holds what a Map would', () => {
  const step = fc.record({ add: fc.boolean(), id: ids });
  const property = fc.property(fc.array(step, { maxLength: 300, size: 'max' }), (steps) => {
    const table = new StreamTable();
    const model = new Map<number, Stream>();
    for (const { add, id } of steps) {
      if (add && !model.has(id)) {
        const stream = streamOf(id);
        table.add(stream);
        model.set(id, stream);
      } else if (!add) {
        table.delete(id);
        model.delete(id);
      }
      assert.equal(table.size, model.size);
      assert.equal(table.get(id), model.get(id) ?? null);
    }
    for (const [id, stream] of model) assert.equal(table.get(id), stream);
    assert.deepEqual(new Set(table.all()), new Set(model.values()));
  });
  fc.assert(property, { numRuns: 300, seed: SEED });
});

test('how a stream ended is known of the last 128, and what was never there is told from what is forgotten', () => {
  const endings = fc.constantFrom('whole', 'reset-by-peer', 'reset-here');
  const property = fc.property(
    fc.array(endings, { maxLength: 300, size: 'max' }),
    fc.nat(3),
    (list, high) => {
      const closed = new ClosedStreams();
      // Up to the highest id there can be.
      const idOf = (i: number) => 2 * i + 1 + high * 2 ** 29;
      for (const [i, ending] of list.entries()) closed.add(idOf(i), ending);
      for (const [i, ending] of list.entries()) {
        assert.equal(closed.find(idOf(i)), i >= list.length - 128 ? ending : 'forgotten');
      }
      assert.equal(closed.find(idOf(list.length)), list.length > 128 ? 'forgotten' : 'never');
    },
  );
  fc.assert(property, { numRuns: 100, seed: SEED });
});
