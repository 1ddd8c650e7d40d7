import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, test } from 'vitest';
import { FAULT, HeadParser, MORE } from '../../../src/http/message/head-parser.ts';
import type { HeadKind } from '../../../src/http/message/head-state.ts';
import {
  byteByByte,
  cut,
  fieldsOf,
  LIMITS,
  latin1,
  readRequest,
  readResponse,
} from '../../support/message-reader.ts';
import { BAD_BODIES, BAD_HEADS, GOOD_REQUESTS } from '../../support/request-corpus.ts';
import { BAD_RESPONSES, GOOD_RESPONSES } from '../../support/response-corpus.ts';

const TOKEN_CHARS = "!#$%&'*+-.^_`|~09AZaz";
const token = fc.string({ unit: fc.constantFrom(...TOKEN_CHARS), minLength: 1, maxLength: 20 });
const target = fc
  .string({ unit: fc.constantFrom(...'/?&=%;.:@"<>\\^`{|}~aZ09'), maxLength: 40 })
  .map((text) => `/${text}`);
const value = fc
  .string({ unit: fc.constantFrom(...'aZ0:;," \t\x80\xe9\xff'), maxLength: 30 })
  .map((text) => text.replace(/^[ \t]+|[ \t]+$/g, ''));
const spacing = fc.constantFrom('', ' ', ' ', ' ', '\t', '  ');
/** No name that means something to the router: what those do is told by the corpus. */
const field = fc.record({ name: token.map((text) => `X${text}`), before: spacing, value, after: spacing });
const lengths = fc.array(fc.nat(30), { maxLength: 10 });

describe('a random valid message', () => {
  test('is read back as it was written: method, target, fields, body', () => {
    const message = fc.record({
      method: token,
      target,
      fields: fc.array(field, { maxLength: 40 }),
      body: value,
    });
    fc.assert(
      fc.property(message, lengths, ({ method, target, fields, body }, sizes) => {
        const lines = fields.map(({ name, before, value, after }) => `${name}:${before}${value}${after}\r\n`);
        const text = `${method} ${target} HTTP/1.1\r\nHost: a.test\r\n${lines.join('')}Content-Length: ${body.length}\r\n\r\n${body}`;
        const outcome = readRequest(cut(latin1(text), ...sizes));
        assert.ok(outcome.kind === 'message', JSON.stringify(outcome));
        assert.equal(outcome.meaning['method'], method);
        assert.equal(outcome.meaning['target'], target);
        assert.equal(outcome.body, body);
        assert.equal(outcome.consumed, text.length);
        assert.deepEqual(outcome.fields, [
          ['Host', 'a.test'],
          ...fields.map(({ name, value }) => [name, value]),
          ['Content-Length', String(body.length)],
        ]);
      }),
      { numRuns: 1000 },
    );
  });
});

const CORPUS = [...GOOD_REQUESTS, ...BAD_HEADS, ...BAD_BODIES, ...GOOD_RESPONSES, ...BAD_RESPONSES].map(
  ({ raw }) => raw,
);
const byte = fc.nat(255).map((code) => String.fromCharCode(code));
const telling = fc.constantFrom('\r', '\n', '\r\n', ' ', '\t', ':', '\0', '\xff', ',', ';', '0');

/** A message of the corpus with bytes overwritten, put in, left out, or another message's end glued on. */
const mutated = fc
  .tuple(
    fc.constantFrom(...CORPUS),
    fc.constantFrom(...CORPUS),
    fc.array(fc.tuple(fc.nat(), fc.nat(3), fc.oneof(byte, telling)), { maxLength: 6 }),
    fc.boolean(),
  )
  .map(([raw, other, changes, glue]) => {
    const text = changes.reduce((left, [place, removed, put]) => {
      const at = place % (left.length + 1);
      return left.slice(0, at) + put + left.slice(at + removed);
    }, raw);
    return glue ? text.slice(0, text.length / 2) + other.slice(other.length / 2) : text;
  });
const random = fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes).toString('latin1'));

describe('no input, mutated or random,', () => {
  test('S26 S27 is understood differently for how it was cut, or throws', () => {
    fc.assert(
      fc.property(fc.oneof({ weight: 4, arbitrary: mutated }, random), lengths, (text, sizes) => {
        const bytes = latin1(text);
        for (const pieces of [cut(bytes, ...sizes), byteByByte(bytes)]) {
          assert.deepEqual(readRequest(pieces), readRequest([bytes]));
          assert.deepEqual(readResponse(pieces, false), readResponse([bytes], false));
        }
      }),
      { numRuns: 3000 },
    );
  });

  test('makes the head parser look beyond its piece, or write', () => {
    const kind = fc.constantFrom<HeadKind>('request', 'response', 'trailers');
    fc.assert(
      fc.property(fc.oneof(mutated, random), kind, fc.nat(20), (text, kind, before) => {
        const results = [0x0d, 0x0a, 0x78].map((filling) => {
          const bytes = Buffer.alloc(before + text.length + 20, filling);
          bytes.write(text, before, 'latin1');
          const original = Buffer.from(bytes);
          const parser = new HeadParser(kind, LIMITS);
          const next = parser.parse(bytes, before, before + text.length);
          assert.ok(bytes.equals(original), 'written');
          return [next, next === FAULT ? parser.fault : next === MORE ? null : fieldsOf(parser.head)];
        });
        assert.deepEqual(results[1], results[0]);
        assert.deepEqual(results[2], results[0]);
      }),
      { numRuns: 1000 },
    );
  });

  test('leaves the parser without an answer once its limit is reached', () => {
    const limits = { bytes: 300, fields: 5, target: 50 };
    const endless = fc.oneof(
      fc.string({ unit: fc.oneof(byte, telling), minLength: 1, maxLength: 30 }),
      fc.constantFrom('x', 'X: y\r\n', ' ', '\r\n', 'x:'),
    );
    fc.assert(
      fc.property(fc.constantFrom('', ...CORPUS), endless, (begin, unit) => {
        const text = begin + unit.repeat(Math.ceil(301 / unit.length));
        for (const pieces of [[latin1(text)], byteByByte(latin1(text))]) {
          const parser = new HeadParser('request', limits);
          assert.ok(pieces.some((bytes) => parser.parse(bytes, 0, bytes.length) !== MORE));
        }
      }),
      { numRuns: 1000 },
    );
  });
});
