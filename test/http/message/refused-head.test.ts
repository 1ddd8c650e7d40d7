import assert from 'node:assert/strict';
import fc from 'fast-check';
import { test } from 'vitest';
import { readRefusedHead } from '../../../src/http/message/refused-head.ts';

test('a head is told of from its request line on, whatever comes behind', () => {
  const head = readRefusedHead(
    '\r\nPOST /x HTTP/1.1\r\nHOST:  a.test:80 \r\nX-A:1\r\n\r\nHost: body.test\r\n',
  )!;
  assert.equal(head.requestLine, 'POST /x HTTP/1.1');
  assert.equal(head.host, 'a.test:80');
  assert.equal(head.header('x-a'), '1');
  assert.equal(head.header('x-b'), '');
});

test('nothing that is no request line is told of, and no host that could forge a line', () => {
  for (const text of [
    '',
    '\x16\x03\x01',
    'GET / HTTP/1.1',
    'GET  / HTTP/1.1\r\n',
    'GET / HTTP/x\r\n',
    'G T\r\n',
  ]) {
    assert.equal(readRefusedHead(text), null, JSON.stringify(text));
  }
  for (const host of ['a b', 'a - [now]', 'a"b', '\x1b[0m', 'x'.repeat(300)]) {
    assert.equal(readRefusedHead(`GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`)!.host, '', host);
  }
});

test('any text is read in little time, and gives one line', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 500 }), fc.string({ maxLength: 100 }), (target, rest) => {
      const head = readRefusedHead(`GET ${target} HTTP/1.1\r\n${rest}`);
      if (head === null) return;
      assert.doesNotMatch(head.requestLine, /[\r\n]/);
      assert.match(head.host, /^[\w.*\-[\]:]*$/);
    }),
  );
  const begun = performance.now();
  readRefusedHead(`${'\r\n'.repeat(4000)}GET ${'a'.repeat(8000)} HTTP/1.1`);
  assert.ok(performance.now() - begun < 500);
});
