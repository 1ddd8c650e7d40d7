import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, test } from 'vitest';
import { FAULT, HeadParser, MORE } from '../../../src/http/message/head-parser.ts';
import { looseHeadEnd, mendedHead } from '../../../src/http/message/mended-head.ts';
import { MendingParser } from '../../../src/http/message/mending-parser.ts';
import { namesOf } from '../../../src/http/message/oddity.ts';
import { byteByByte, cut, type Fields, fieldsOf, LIMITS, latin1 } from '../../support/message-reader.ts';

interface Line {
  readonly parts: readonly string[];
  readonly end: string;
  readonly blanks: string;
}

const word = fc.string({ unit: fc.constantFrom('a', 'b', '\xe9', ',', '"', ' ', '\t'), maxLength: 6 });
const end = fc.constantFrom('\r\n', '\r\n', '\n');
const line: fc.Arbitrary<Line> = fc.record({
  parts: fc.array(word, { minLength: 1, maxLength: 4 }),
  end,
  blanks: fc.constantFrom(' ', '\t', ' \t '),
});
const looseHead = fc.record({ start: end, lines: fc.array(line, { maxLength: 6 }), last: end });

function trimmed(text: string): string {
  return text.replace(/^[ \t]+|[ \t]+$/g, '');
}

/** What a head says that is written in these lines, each folded between its parts. */
function fieldsOfLines(lines: readonly Line[]): Fields {
  return lines.map(({ parts }, i) => [`X-${i}`, parts.map(trimmed).filter(Boolean).join(' ')]);
}

function written({ start, lines, last }: { start: string; lines: readonly Line[]; last: string }): string {
  const fields = lines.map((each, i) => `X-${i}:${each.parts.join(each.end + each.blanks)}${each.end}`);
  return `HTTP/1.1 200 OK${start}${fields.join('')}${last}`;
}

/** The header lines of a head that arrives in pieces and has something behind it, and where it ended. */
function parsed(parser: MendingParser, pieces: readonly Buffer[]) {
  let before = 0;
  for (const piece of pieces) {
    const next = parser.parse(piece, 0, piece.length);
    if (next === FAULT) return parser.fault.name;
    if (next !== MORE) return { end: before + next, fields: fieldsOf(parser.head) };
    before += piece.length;
  }
  return 'more';
}

describe('the head of a response', () => {
  test('B14 says the same whatever its line ends, and however it is folded and cut', () => {
    const parser = new MendingParser(LIMITS);
    fc.assert(
      fc.property(looseHead, fc.array(fc.nat(12), { maxLength: 20 }), (head, sizes) => {
        const text = written(head);
        const bytes = latin1(`${text}\n behind`);
        const isBare =
          head.start === '\n' || head.last === '\n' || head.lines.some((each) => each.end === '\n');
        const isFolded = head.lines.some(({ parts }) => parts.length > 1);
        for (const pieces of [[bytes], cut(bytes, ...sizes), byteByByte(bytes)]) {
          const expected = { end: text.length, fields: fieldsOfLines(head.lines) };
          assert.deepEqual(parsed(parser, pieces), expected, JSON.stringify(text));
          assert.deepEqual(
            namesOf(parser.head.oddities),
            [isBare && 'bare_line_end', isFolded && 'folded_line'].filter(Boolean),
          );
        }
      }),
      { numRuns: 2000 },
    );
  });

  test('is read by the strict parser, once mended, or is wrong otherwise', () => {
    const unit = fc.constantFrom('\r', '\n', '\r\n', ' ', '\t', ':', 'X', 'X: y', '\0', 'HTTP/1.1 200 OK');
    const text = fc.array(unit, { maxLength: 12 }).map((parts) => `HTTP/1.1 200 OK\n${parts.join('')}`);
    fc.assert(
      fc.property(text, (head) => {
        const outcome = parsed(new MendingParser(LIMITS), [latin1(head)]);
        const stop = looseHeadEnd(latin1(head), 0);
        if (stop < 0) {
          assert.ok(outcome === 'more' || typeof outcome === 'string');
          return;
        }
        const strict = new HeadParser('response', LIMITS);
        const mended = latin1(mendedHead(head.slice(0, stop)).text);
        const isGood = strict.parse(mended, 0, mended.length) === mended.length;
        if (isGood) assert.deepEqual(outcome, { end: stop, fields: fieldsOf(strict.head) });
        else assert.equal(outcome, strict.fault.name);
      }),
      { numRuns: 3000 },
    );
  });

  test('B15 has its limit in bytes as they came, mended or not', () => {
    const head = `HTTP/1.1 200 OK\n${'X: y\n'.repeat(20)}\n`;
    const within = (bytes: number) =>
      parsed(new MendingParser({ ...LIMITS, bytes }), byteByByte(latin1(head)));
    assert.notEqual(typeof within(head.length), 'string');
    assert.equal(within(head.length - 1), 'max-request-size-exceeded');
    const endless = latin1(`HTTP/1.1 200 OK\n${'X: y\n '.repeat(10_000)}`);
    assert.equal(
      parsed(new MendingParser({ ...LIMITS, bytes: 1000 }), [endless]),
      'max-request-size-exceeded',
    );
  });

  test('B14 leaves nothing behind in the parser for the next one', () => {
    const parser = new MendingParser(LIMITS);
    for (const text of ['HTTP/1.1 200 OK\nX: y\n\n', 'HTTP/1.1 200 OK\r\nX: y\r\n\r\n']) {
      const [first, second] = [latin1(text.slice(0, 18)), latin1(text.slice(18))];
      assert.deepEqual(parsed(parser, [first, second]), { end: text.length, fields: [['X', 'y']] });
    }
    assert.equal(parser.head.oddities, 0);
  });
});
