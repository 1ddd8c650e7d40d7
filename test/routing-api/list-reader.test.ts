import assert from 'node:assert/strict';
import fc from 'fast-check';
import { test } from 'vitest';
import { ListReader } from '../../src/routing-api/list-reader.ts';

/** What a reader makes of bytes that come in pieces of these lengths. */
function read(bytes: Buffer, lengths: readonly number[]): readonly unknown[] | string {
  const reader = new ListReader();
  try {
    let at = 0;
    for (let i = 0; at < bytes.length; i++) {
      const length = lengths[i % lengths.length]!;
      reader.add(bytes.subarray(at, at + length));
      at += length;
    }
    return reader.end();
  } catch (error) {
    return (error as Error).message;
  }
}

function readWhole(bytes: Buffer): readonly unknown[] | string {
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString());
  } catch {
    return 'something else than JSON';
  }
  if (value === null) return [];
  return Array.isArray(value) ? value : 'something else than a list';
}

const lengths = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 5 });
const space = fc.constantFrom('', ' ', '\n', '\r\n\t');

test('§7.6 a list is the same whatever the pieces it comes in', () => {
  fc.assert(
    fc.property(fc.array(fc.jsonValue()), lengths, fc.nat(3), space, (values, pieces, indent, around) => {
      const bytes = Buffer.from(around + JSON.stringify(values, null, indent) + around);
      assert.deepEqual(read(bytes, pieces), JSON.parse(bytes.toString()));
    }),
  );
});

test('what is no list is refused as the whole of it would be', () => {
  const piece = fc.constantFrom(
    '[',
    ']',
    '{',
    '}',
    ',',
    ':',
    '"',
    '\\',
    '1',
    '-',
    'null',
    '"a"',
    ' ',
    'é',
    '[]',
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), lengths, (parts, pieces) => {
      const bytes = Buffer.from(parts.join(''));
      assert.deepEqual(read(bytes, pieces), readWhole(bytes));
    }),
    { numRuns: 5000 },
  );
});

test('a list that was changed in one byte is read or refused as the whole of it would be', () => {
  fc.assert(
    fc.property(fc.array(fc.jsonValue()), lengths, fc.nat(), fc.nat(255), (values, pieces, place, byte) => {
      const bytes = Buffer.from(JSON.stringify(values));
      bytes[place % bytes.length] = byte;
      assert.deepEqual(read(bytes, pieces), readWhole(bytes));
    }),
    { numRuns: 2000 },
  );
});

test('one element of many pieces costs no more than its length', () => {
  const text = 'x'.repeat(4 * 1024 * 1024);
  assert.deepEqual(read(Buffer.from(JSON.stringify([1, text])), [1024]), [1, text]);
});
