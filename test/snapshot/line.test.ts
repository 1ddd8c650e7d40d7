import assert from 'node:assert/strict';
import fc from 'fast-check';
import { test } from 'vitest';
import { Unreadable } from '../../src/snapshot/checked-text.ts';
import { type Line, linesWithin, lineText, readLine } from '../../src/snapshot/line.ts';

const SEED = 7;

const lines: fc.Arbitrary<Line> = fc.record(
  {
    number: fc.nat({ max: 99_999_999 }),
    kind: fc.constantFrom('http', 'tcp'),
    announced: fc.nat({ max: Number.MAX_SAFE_INTEGER }),
    said: fc
      .dictionary(fc.string({ unit: 'binary' }), fc.jsonValue())
      .map((said) => JSON.parse(JSON.stringify(said))),
  },
  { noNullPrototype: true },
);

const bytesOf = (line: Line): Buffer => Buffer.from(lineText(line, SEED).slice(0, -1));

test('a line comes back as it was, whatever its endpoint says, and is one line', () => {
  fc.assert(
    fc.property(lines, (line) => {
      const bytes = bytesOf(line);
      assert.equal(bytes.indexOf('\n'), -1);
      assert.deepEqual(readLine(bytes, SEED), line);
    }),
  );
});

test('a line that is named like the fields of its own keeps them apart', () => {
  const line = { number: 3, kind: 'http', announced: 5, said: { kind: 'x', announced: 'y' } };
  assert.deepEqual(readLine(bytesOf(line), SEED), line);
});

test('a line of another writing is no line of this one', () => {
  const line = { number: 3, kind: 'http', announced: 5, said: {} };
  assert.ok(readLine(bytesOf(line), SEED + 1) instanceof Unreadable);
});

test('lines are found where the line feed between them is lost, and what is said looks like a line', () => {
  const odd = '01234567 1 20 {"kind":"http","announced":1}';
  const line = (number: number): Line => ({
    number,
    kind: 'http',
    announced: 5,
    said: { [odd]: odd, é: 'ü' },
  });
  const merged = Buffer.concat([bytesOf(line(9)), Buffer.from('x'), bytesOf(line(10))]);
  assert.ok(readLine(merged, SEED) instanceof Unreadable);
  assert.deepEqual(
    linesWithin(merged, 0, merged.length).map(({ start, end }) =>
      readLine(merged.subarray(start, end), SEED),
    ),
    [line(9), line(10)],
  );
});

test('what is wrong with a line is told without its content', () => {
  for (const text of ['', 'x', 'secret'.repeat(10), `${'0'.repeat(8)} 1 2 {"kind":"secret"}`]) {
    const read = readLine(Buffer.from(text), SEED);
    assert.ok(read instanceof Unreadable);
    assert.doesNotMatch(read.reason, /secret/);
  }
});

test('whatever stands in what is no line, it is looked at once: what may be lines in it do not overlap', () => {
  const piece = fc.oneof(
    fc.tuple(fc.nat({ max: 99_999_999 }), fc.nat({ max: 200 })).map(([number, length]) => {
      return `0123abcd ${number} ${length} {"kind":`;
    }),
    fc.constant('0123abcd 1 99999999 {"kind":'),
    fc.string(),
    lines.map((line) => lineText(line, SEED)),
  );
  fc.assert(
    fc.property(fc.array(piece), (pieces) => {
      const bytes = Buffer.from(pieces.join(''));
      // Not all of it, so that places in the bytes are told from places in the part.
      const begin = Math.min(1, bytes.length);
      let end = begin;
      for (const part of linesWithin(bytes, begin, bytes.length)) {
        assert.ok(part.start >= end);
        end = part.end;
      }
      assert.ok(end <= bytes.length);
    }),
  );
});
