import assert from 'node:assert/strict';
import fc from 'fast-check';
import { test } from 'vitest';
import { OutgoingBatch } from '../../src/bus/embedded/outgoing-batch.ts';

const size = fc.oneof(fc.nat(100), fc.nat(40_000));

test('what is taken is what was added, in order, and stays as it was taken', () => {
  const item = fc.record({ line: fc.nat(4000), message: fc.option(size, { nil: undefined }) });
  fc.assert(
    fc.property(fc.array(fc.array(item, { maxLength: 10 }), { maxLength: 5 }), (rounds) => {
      const batch = new OutgoingBatch();
      const taken: Buffer[] = [];
      let expected = '';
      for (const [round, items] of rounds.entries()) {
        const before = expected.length;
        for (const [i, { line, message }] of items.entries()) {
          const letter = String.fromCharCode(97 + ((round * 10 + i) % 26));
          const text = `${letter.repeat(line)}\r\n`;
          if (message === undefined) batch.addLine(text);
          else batch.addMessage(text, Buffer.alloc(message, letter));
          expected += message === undefined ? text : `${text}${letter.repeat(message)}\r\n`;
        }
        assert.equal(batch.length, expected.length - before);
        taken.push(...batch.take());
        assert.equal(batch.length, 0);
      }
      assert.ok(Buffer.concat(taken).toString('latin1') === expected);
    }),
    { numRuns: 50 },
  );
});

test('small messages come out as one piece, large ones are not copied', () => {
  const batch = new OutgoingBatch();
  for (let i = 0; i < 100; i++) batch.addMessage(`MSG a 1 2\r\n`, Buffer.from('hi'));
  assert.equal(batch.take().length, 1);
  const large = Buffer.alloc(100_000);
  batch.addMessage('MSG a 1 100000\r\n', large);
  assert.ok(batch.take().includes(large));
});
