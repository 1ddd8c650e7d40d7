import assert from 'node:assert/strict';
import fc from 'fast-check';
import { test } from 'vitest';
import { LineBatch } from '../../src/telemetry/line-batch.ts';

const line = fc.oneof(
  fc.string({ maxLength: 12 }),
  fc.string({ unit: 'binary', maxLength: 40 }),
  // Half of a pair too: it is written as what stands for what cannot be.
  fc.constantFrom(
    '',
    '\ud83d',
    'é'.repeat(32),
    'é'.repeat(33),
    'x'.repeat(64),
    'x'.repeat(65),
    '€'.repeat(200),
    'x'.repeat(30_000),
  ),
);

test('lines leave as they came, in pieces of the bytes that were asked for, but for one that is longer by itself', () => {
  fc.assert(
    fc.property(fc.constantFrom(64, 40_000), fc.array(line, { maxLength: 30 }), (most, lines) => {
      const batch = new LineBatch(most);
      const pieces: { readonly bytes: Buffer; readonly lines: number }[] = [];
      const take = () => {
        const count = batch.lines;
        if (count > 0) pieces.push({ lines: count, bytes: batch.take() });
      };
      for (const each of lines) {
        if (!batch.hasRoomFor(each)) take();
        batch.add(each);
      }
      take();
      // What has left stays as it was, whatever came behind it.
      assert.deepEqual(
        Buffer.concat(pieces.map(({ bytes }) => bytes)),
        Buffer.concat(lines.map((text) => Buffer.from(text))),
      );
      assert.equal(
        pieces.reduce((sum, piece) => sum + piece.lines, 0),
        lines.length,
      );
      for (const { bytes, lines: count } of pieces) assert.ok(bytes.length <= most || count === 1);
    }),
    { numRuns: 2000 },
  );
});
