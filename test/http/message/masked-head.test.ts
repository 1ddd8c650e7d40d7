import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, test } from 'vitest';
import { excerptAt, NO_EXCERPT } from '../../../src/http/message/excerpt.ts';
import { FAULT, HeadParser } from '../../../src/http/message/head-parser.ts';
import { maskedHead } from '../../../src/http/message/masked-head.ts';
import { LIMITS } from '../../support/message-reader.ts';

const SECRET = 'hunter2';
const START = 'GET /a HTTP/1.1\r\nHost: app.test\r\n';

describe('2.11 a head that was refused is shown without what might be a secret', () => {
  const hidden = {
    'in a header that is none of a few': `${START}Authorization: Basic ${SECRET}\r\n`,
    'in a cookie': `${START}Cookie: s=${SECRET}; t=1\r\n`,
    'in a header whose name has a blank behind it': `${START}Cookie : s=${SECRET}\r\n`,
    'in a line that goes on from the one before': `${START}Accept: a\r\n ${SECRET}\r\n`,
    'in a line without a colon': `${START}${SECRET}\r\n`,
    'behind what cannot be printed': `${START}Accept: a\0Cookie: ${SECRET}\r\n`,
    'behind the end of a line that is none': `${START}Accept: a\nCookie: ${SECRET}\r\n`,
    'in the name of a user, in the target': `GET http://${SECRET}:${SECRET}@app.test/a HTTP/1.1\r\n`,
    'in the name of a user, in Host': `GET / HTTP/1.1\r\nHost: ${SECRET}:${SECRET}@app.test\r\n`,
    'in a query': `GET /a?key=${SECRET}&more=${SECRET} HTTP/1.1\r\n`,
    'in a query with a space': `GET /a?key=a ${SECRET} HTTP/1.1\r\n`,
    'in a query of a line that has no end': `GET /a?key=${SECRET}`,
    'in what is no request line, as the rest of a body is none': `password=${SECRET}&user=me HTTP/1.1\r\n`,
  };
  for (const [where, text] of Object.entries(hidden)) {
    test(where, () => {
      const masked = maskedHead(text, true);
      assert.ok(!masked.includes(SECRET), masked);
      assert.equal(masked.length, text.length);
    });
  }

  test('the rest stays', () => {
    const text = `${START}Content-Length: 1\x01\r\nX-Forwarded-For: 192.0.2.1\r\n\r\n`;
    assert.equal(maskedHead(text, true), text);
    assert.equal(maskedHead('GET /a?b=1 HTTP/1.1\r\n', false), 'GET /a?b=1 HTTP/1.1\r\n');
    assert.equal(maskedHead('GET /me@home HTTP/1.1\r\n', true), 'GET /me@home HTTP/1.1\r\n');
  });

  test('whatever the text, it is as long, and what cannot be printed stands where it stood', () => {
    const texts = fc.string({
      unit: fc.constantFrom('G', 'ET', ' ', '/', '?', '@', ':', '\r\n', '\n', '\0', '\xff', 'Host'),
      maxLength: 60,
    });
    fc.assert(
      fc.property(texts, fc.boolean(), (text, hides) => {
        const masked = maskedHead(text, hides);
        assert.equal(masked.length, text.length);
        for (let at = 0; at < text.length; at++) {
          if (!/[\x20-\x7e]/.test(text[at]!)) assert.equal(masked[at], text[at]);
        }
      }),
    );
  });
});

test('2.11 an excerpt is printable, and says where what is wrong stands in it', () => {
  assert.deepEqual(excerptAt('a\r\n\0\\b', 3), { text: 'a\\r\\n\\x00\\\\b', at: 5 });
  assert.deepEqual(excerptAt('x'.repeat(100), 50), { text: 'x'.repeat(60), at: 30 });
  assert.deepEqual(excerptAt('short', 6), NO_EXCERPT);
  assert.deepEqual(excerptAt('', 0), NO_EXCERPT);
  assert.deepEqual(excerptAt('short', -1), NO_EXCERPT);
});

/** The byte with which a head stops being one, found by asking of every beginning. */
function shortestFault(text: string): number {
  for (let length = 1; length <= text.length; length++) {
    if (parse(text.slice(0, length)).result === FAULT) return length - 1;
  }
  return -1;
}

function parse(text: string) {
  const parser = new HeadParser('request', LIMITS);
  const bytes = Buffer.from(text, 'latin1');
  return { result: parser.parse(bytes, 0, bytes.length), parser };
}

test('2.11 the parser names the byte with which a head stops being one', () => {
  const part = fc.constantFrom(
    'GET',
    ' ',
    '/a',
    ' HTTP/1.1',
    '\r\n',
    '\r',
    '\n',
    'Host: a',
    'X',
    ':',
    '\0',
    '\t',
  );
  fc.assert(
    fc.property(fc.array(part, { maxLength: 16 }), (parts) => {
      const text = ['GET /a HTTP/1.1\r\n', ...parts].slice(parts.length % 2).join('');
      const { result, parser } = parse(text);
      if (result !== FAULT) return;
      const expected = shortestFault(text);
      // A version is judged when all of it is there, and it is all of it that is wrong.
      const isVersion = parser.fault.name === 'unsupported_protocol' && parser.faultAt < expected;
      assert.equal(isVersion ? expected - 7 : parser.faultAt, isVersion ? parser.faultAt : expected, text);
    }),
    { numRuns: 2000 },
  );
});
