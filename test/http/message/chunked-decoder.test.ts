import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, test } from 'vitest';
import { type BodySender, ChunkedDecoder } from '../../../src/http/message/chunked-decoder.ts';
import {
  BAD_CHUNK_END,
  BAD_CHUNK_EXTENSION,
  BAD_CHUNK_SIZE,
  CHUNK_OVERHEAD,
  type Fault,
  HEAD_TOO_LARGE,
  TOO_MANY_FIELDS,
} from '../../../src/http/message/fault.ts';
import { FAULT, HeadParser, MORE } from '../../../src/http/message/head-parser.ts';
import { byteByByte, cut, type Fields, fieldsOf, LIMITS, latin1 } from '../../support/message-reader.ts';

type Decoded =
  | { readonly end: number; readonly body: string; readonly trailers: Fields }
  | { readonly end: typeof MORE; readonly body: string }
  | { readonly fault: Fault };

function decode(pieces: readonly Buffer[], limits = LIMITS, sender: BodySender = 'client'): Decoded {
  const decoder = new ChunkedDecoder(sender);
  let body = '';
  let before = 0;
  for (const piece of pieces) {
    const bytes = Buffer.from(piece);
    const next = decoder.decode(bytes, 0, bytes.length, limits);
    if (next === FAULT) return { fault: decoder.fault };
    body += bytes.toString('latin1', decoder.dataStart, decoder.dataEnd);
    if (next !== MORE) {
      return {
        end: before + next,
        body,
        trailers: decoder.trailers === null ? [] : fieldsOf(decoder.trailers),
      };
    }
    before += bytes.length;
  }
  return { end: MORE, body };
}

function decodeText(text: string, limits = LIMITS): Decoded {
  return decode([latin1(text)], limits);
}

const GRAMMAR: Readonly<Record<BodySender, { readonly line: RegExp; readonly begun: RegExp }>> = {
  client: {
    line: /([0-9a-f]{1,16})(?:;[\t\x20-\x7e\x80-\xff]*)?\r\n/iy,
    begun: /(?:([0-9a-f]{1,16})(?:(?:;[\t\x20-\x7e\x80-\xff]*)?\r?)?)?$/iy,
  },
  application: {
    line: /([0-9a-f]{1,16})[\t ]*(?:;[\t\x20-\x7e\x80-\xff]*)?\r\n/iy,
    begun: /(?:([0-9a-f]{1,16})[\t ]*(?:(?:;[\t\x20-\x7e\x80-\xff]*)?\r?)?)?$/iy,
  },
};

function at(pattern: RegExp, text: string, offset: number): RegExpExecArray | null {
  pattern.lastIndex = offset;
  return pattern.exec(text);
}

/** RFC 9112 §7.1 read off a whole string, without limits; faults have no names here. */
function decodeNaively(text: string, sender: BodySender): Decoded | 'fault' {
  const grammar = GRAMMAR[sender];
  let body = '';
  for (let offset = 0; ; ) {
    const line = at(grammar.line, text, offset);
    const begun = line ?? at(grammar.begun, text, offset);
    if (begun === null || BigInt(`0x${begun[1] ?? 0}`) >= 2n ** 53n) return 'fault';
    if (line === null) return { end: MORE, body };
    offset += line[0].length;
    const size = Number.parseInt(line[1]!, 16);
    if (size === 0) return withTrailers(text, offset, body);
    body += text.slice(offset, offset + size);
    offset += size;
    if (!'\r\n'.startsWith(text.slice(offset, offset + 2))) return 'fault';
    offset += 2;
    if (offset > text.length) return { end: MORE, body };
  }
}

function withTrailers(text: string, offset: number, body: string): Decoded | 'fault' {
  const parser = new HeadParser('trailers', LIMITS);
  const end = parser.parse(latin1(text), offset, text.length);
  if (end === FAULT) return 'fault';
  return end === MORE ? { end, body } : { end, body, trailers: fieldsOf(parser.head) };
}

const data = fc.string({
  unit: fc.constantFrom('\r', '\n', '0', 'a', ';', '\xff'),
  minLength: 1,
  maxLength: 40,
});
const size = (length: number) =>
  fc
    .tuple(fc.nat(3), fc.boolean())
    .map(
      ([zeros, upper]) =>
        '0'.repeat(zeros) + (upper ? length.toString(16).toUpperCase() : length.toString(16)),
    );
const extension = fc.constantFrom('', '', '', ';', ';a=b', ';q="x\ty"', ';;=\xe9', ' ', '\t  ', ' ;a');
const chunk = data.chain((text) =>
  fc.tuple(size(text.length), extension).map(([digits, ext]) => `${digits}${ext}\r\n${text}\r\n`),
);
const trailer = fc.constantFrom('X-Sum: 1\r\n', 'y:\r\n', 'Host: b\r\n');
const chunkedBody = fc
  .tuple(fc.array(chunk, { maxLength: 8 }), extension, fc.array(trailer, { maxLength: 2 }))
  .map(([chunks, ext, trailers]) => `${chunks.join('')}0${ext}\r\n${trailers.join('')}\r\n`);

/** The same text with some of its characters overwritten, left out or doubled. */
const damaged = fc
  .tuple(
    chunkedBody,
    fc.array(fc.tuple(fc.nat(), fc.constantFrom('', '\r', '\n', '0', 'f', ';', ' ', '\0', 'XX')), {
      maxLength: 3,
    }),
  )
  .map(([text, damages]) =>
    damages.reduce((left, [place, by]) => {
      const index = place % left.length;
      return left.slice(0, index) + by + left.slice(index + 1);
    }, text),
  );
const anything = fc.string({ unit: fc.constantFrom(...'0123af;=\r\n x'), maxLength: 30 });

const lengths = fc.array(fc.nat(12), { maxLength: 40 });
const sender = fc.constantFrom<BodySender>('client', 'application');

describe('a chunked body', () => {
  test('decodes as the naive model decodes it, good, damaged or random, however it is cut', () => {
    fc.assert(
      fc.property(fc.oneof(chunkedBody, damaged, anything), lengths, sender, (text, sizes, who) => {
        const expected = decodeNaively(text, who);
        for (const pieces of [[latin1(text)], cut(latin1(text), ...sizes), byteByByte(latin1(text))]) {
          const decoded = decode(pieces, LIMITS, who);
          assert.deepEqual('fault' in decoded ? 'fault' : decoded, expected);
        }
      }),
      { numRuns: 3000 },
    );
  });

  test('is decoded in place: nothing outside the piece is read or written', () => {
    const piece = fc.tuple(fc.oneof(chunkedBody, damaged), fc.nat(20), fc.nat(20));
    fc.assert(
      fc.property(piece, ([text, before, after]) => {
        const results = [0x30, 0x0d, 0xff].map((filling) => {
          const bytes = Buffer.alloc(before + text.length + after, filling);
          const end = before + text.length;
          bytes.write(text, before, 'latin1');
          const decoder = new ChunkedDecoder('client');
          const next = decoder.decode(bytes, before, end, LIMITS);
          assert.ok(
            bytes.subarray(0, before).every((byte) => byte === filling),
            'written before the piece',
          );
          assert.ok(
            bytes.subarray(end).every((byte) => byte === filling),
            'written behind the piece',
          );
          assert.ok(
            before <= decoder.dataStart && decoder.dataStart <= decoder.dataEnd && decoder.dataEnd <= end,
          );
          return [
            next,
            next === FAULT ? decoder.fault : bytes.toString('latin1', decoder.dataStart, decoder.dataEnd),
          ];
        });
        assert.deepEqual(results[1], results[0]);
        assert.deepEqual(results[2], results[0]);
      }),
      { numRuns: 500 },
    );
  });

  test('K15 of many one-byte chunks comes out as one piece', () => {
    const bytes = latin1(`${'1\r\nx\r\n'.repeat(10_000)}0\r\n\r\n`);
    const decoder = new ChunkedDecoder('client');
    assert.equal(decoder.decode(bytes, 0, bytes.length, LIMITS), bytes.length);
    assert.equal(bytes.toString('latin1', decoder.dataStart, decoder.dataEnd), 'x'.repeat(10_000));
  });

  test('ends where it ends: what is behind it is left alone', () => {
    const text = '1\r\nx\r\n0\r\n\r\nGET / HTTP/1.1\r\n';
    const bytes = latin1(text);
    const decoder = new ChunkedDecoder('client');
    assert.equal(decoder.decode(bytes, 0, bytes.length, LIMITS), 11);
    assert.equal(bytes.toString('latin1', 11), text.slice(11));
  });

  test('leaves a decoder that is as new after reset, whatever came before', () => {
    const decoder = new ChunkedDecoder('client');
    for (const first of ['5\r\nxy', '0\r\nX: y\r\n\r\n', '2;aaaa', '0\r\nX: ', 'zz']) {
      const bytes = latin1(first);
      decoder.decode(bytes, 0, bytes.length, LIMITS);
      decoder.reset();
      const next = latin1('3\r\nabc\r\n0\r\n\r\n');
      assert.equal(decoder.decode(next, 0, next.length, LIMITS), next.length, first);
      assert.equal(next.toString('latin1', decoder.dataStart, decoder.dataEnd), 'abc');
      assert.equal(decoder.trailers, null);
    }
  });
});

describe('a chunk size', () => {
  test('K02 is exact up to 2^53 - 1, and refused beyond', () => {
    assert.deepEqual(decodeText('1fffffffffffff\r\nxy'), { end: MORE, body: 'xy' });
    assert.deepEqual(decodeText('001fffffffffffff\r\nxy'), { end: MORE, body: 'xy' });
    for (const digits of ['20000000000000', '20000000000001', 'ffffffffffffffff', '8000000000000000']) {
      assert.deepEqual(decodeText(digits), { fault: BAD_CHUNK_SIZE }, digits);
    }
  });

  test('K03 has at most sixteen digits, zeros among them', () => {
    assert.deepEqual(decodeText('0000000000000001\r\nx\r\n'), { end: MORE, body: 'x' });
    assert.deepEqual(decodeText(`0${'0'.repeat(15)}1`), { fault: BAD_CHUNK_SIZE });
    assert.deepEqual(decodeText('0'.repeat(10_000)), { fault: BAD_CHUNK_SIZE });
  });
});

describe('chunk extensions', () => {
  const BUDGET = 16 * 1024;

  test('K05 are taken up to 16 KiB in one body', () => {
    assert.deepEqual(decodeText(`1;${'e'.repeat(BUDGET)}\r\nx\r\n`), { end: MORE, body: 'x' });
    assert.deepEqual(decodeText(`1;${'e'.repeat(BUDGET + 1)}`), { fault: CHUNK_OVERHEAD });
    // RFC 9112 §7.1.1 wants a 4xx; the content is not what is too large.
    assert.equal(CHUNK_OVERHEAD.status, 400);
  });

  test('K05 spend one budget over all chunks, also when they drip in', () => {
    const chunks = `1;${'e'.repeat(1024 + 18)}\r\nx\r\n`.repeat(16);
    assert.deepEqual(decodeText(chunks), { end: MORE, body: 'x'.repeat(16) });
    const oneMore = `${chunks}1;${'e'.repeat(19)}\r\n`;
    assert.deepEqual(decodeText(oneMore), { fault: CHUNK_OVERHEAD });
    assert.deepEqual(decode(byteByByte(latin1(oneMore))), { fault: CHUNK_OVERHEAD });
  });

  test('K05 of signed chunks end no body, however long it is', () => {
    const chunks = `40;chunk-signature=${'e'.repeat(64)}\r\n${'x'.repeat(64)}\r\n`.repeat(2000);
    assert.deepEqual(decodeText(chunks), { end: MORE, body: 'x'.repeat(2000 * 64) });
  });

  test('K05 and so do blanks behind a size', () => {
    const padded = (count: number) => decode([latin1(`1${' '.repeat(count)}`)], LIMITS, 'application');
    assert.deepEqual(padded(BUDGET), { end: MORE, body: '' });
    assert.deepEqual(padded(BUDGET + 1), { fault: CHUNK_OVERHEAD });
  });

  test('K05 spend a new budget in the next body', () => {
    const decoder = new ChunkedDecoder('client');
    for (let body = 0; body < 3; body++) {
      const bytes = latin1(`0;${'e'.repeat(BUDGET)}\r\n\r\n`);
      assert.equal(decoder.decode(bytes, 0, bytes.length, LIMITS), bytes.length);
      decoder.reset();
    }
  });

  test('K06 are refused with a control character in them', () => {
    for (const char of '\0\x01\x08\n\x0b\x0c\x1f\x7f') {
      assert.deepEqual(decodeText(`1;a${char}`), { fault: BAD_CHUNK_EXTENSION }, JSON.stringify(char));
    }
  });
});

describe('trailers', () => {
  test('K14 have the same bounds as a header', () => {
    const limits = { bytes: 100, fields: 3, target: 0 };
    assert.deepEqual(decodeText(`0\r\n${'X: y\r\n'.repeat(4)}\r\n`, limits), { fault: TOO_MANY_FIELDS });
    assert.deepEqual(decodeText(`0\r\nX: ${'y'.repeat(100)}`, limits), { fault: HEAD_TOO_LARGE });
    assert.deepEqual(decodeText(`0\r\n${'X: y\r\n'.repeat(3)}\r\n`, limits), {
      end: 23,
      body: '',
      trailers: [
        ['X', 'y'],
        ['X', 'y'],
        ['X', 'y'],
      ],
    });
  });

  test('are not there when there are none', () => {
    assert.deepEqual(decodeText('0\r\n\r\n'), { end: 5, body: '', trailers: [] });
  });
});

test('K09 data is followed by CRLF and by nothing else', () => {
  for (const end of ['\n', 'x', '\r\r', '\rx', ' \r\n', '0\r\n']) {
    assert.deepEqual(decodeText(`1\r\nz${end}`), { fault: BAD_CHUNK_END }, JSON.stringify(end));
  }
});
