import assert from 'node:assert/strict';
import fc from 'fast-check';
import { test } from 'vitest';
import { ByteQueue } from '../../../src/http/h2/byte-queue.ts';

test('bytes that wait come out as they went in, and stay so for whoever was given them', () => {
  const step = fc.oneof(
    fc.record({ push: fc.integer({ min: 1, max: 3000 }) }),
    fc.record({ take: fc.integer({ min: 1, max: 3000 }) }),
    fc.record({ clear: fc.constant(true) }),
    fc.record({ discard: fc.constant(true) }),
  );
  const property = fc.property(fc.array(step, { maxLength: 60, size: 'max' }), (steps) => {
    const queue = new ByteQueue();
    let model = Buffer.alloc(0);
    const handedOut: { readonly lent: Buffer; readonly copy: Buffer }[] = [];
    let next = 0;
    for (const each of steps) {
      if ('push' in each) {
        const bytes = Buffer.from(Array.from({ length: each.push + 5 }, () => next++ & 0xff));
        queue.push(bytes, 2, 2 + each.push);
        model = Buffer.concat([model, bytes.subarray(2, 2 + each.push)]);
        bytes.fill(0);
      } else if ('take' in each && queue.length > 0) {
        const { bytes, start } = queue;
        const count = Math.min(each.take, queue.length);
        handedOut.push({ lent: bytes.subarray(start, start + count), copy: model.subarray(0, count) });
        queue.drop(count);
        model = model.subarray(count);
      } else if ('clear' in each) {
        if (queue.length > 0) {
          const { bytes, start, end } = queue;
          handedOut.push({ lent: bytes.subarray(start, end), copy: model });
        }
        queue.clear();
        model = Buffer.alloc(0);
      } else if ('discard' in each) {
        queue.discard();
        model = Buffer.alloc(0);
      }
      assert.equal(queue.length, model.length);
      for (const { lent, copy } of handedOut) assert.ok(lent.equals(copy));
    }
  });
  fc.assert(property, { numRuns: 200, seed: 9113 });
});
