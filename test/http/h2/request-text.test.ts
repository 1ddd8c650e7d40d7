import assert from 'node:assert/strict';
import { test } from 'node:test';
import { protocolOf, requestText } from '../../../src/http/h2/request-text.ts';

const BASE = [':method', 'GET', ':scheme', 'https', ':authority', 'a.test', ':path', '/'];

test('a request of HTTP/2 is spelled as HTTP/1.1 would', () => {
  assert.equal(requestText([...BASE, 'x-a', '1'], false), 'GET / HTTP/1.1\r\nhost: a.test\r\nx-a: 1\r\n\r\n');
});

test('a body of unknown length is chunked, one of known length is not', () => {
  assert.match(requestText(BASE, true), /\r\ntransfer-encoding: chunked\r\n/);
  assert.doesNotMatch(requestText([...BASE, 'content-length', '3'], true), /chunked/);
});

test('fields of the framing of HTTP/1.1 do not gain a meaning', () => {
  const fields = [
    'connection',
    'keep-alive',
    'proxy-connection',
    'transfer-encoding',
    'upgrade',
    'http2-settings',
  ];
  const text = requestText([...BASE, ...fields.flatMap((name) => [name, 'x'])], false);
  assert.equal(text, 'GET / HTTP/1.1\r\nhost: a.test\r\n\r\n');
});

test('cookies become one', () => {
  assert.match(
    requestText([...BASE, 'cookie', 'a=1', 'x', 'y', 'cookie', 'b=2'], false),
    /\r\ncookie: a=1; b=2\r\n/,
  );
});

test('a host stands in for an authority, and may say the same', () => {
  const without = BASE.filter((_, i) => i !== 4 && i !== 5);
  assert.match(requestText([...without, 'host', 'b.test'], false), /\r\nhost: b\.test\r\n/);
  assert.match(requestText([...BASE, 'host', 'A.test'], false), /\r\nhost: a\.test\r\n/);
  assert.equal(requestText([...BASE, 'host', 'b.test'], false), 'host differs from authority');
  assert.equal(requestText([...without, 'host', 'a', 'host', 'b'], false), 'host differs from authority');
});

test('what cannot be passed on is named', () => {
  assert.equal(requestText([':method', 'CONNECT', ':authority', 'a.test:1'], false), 'connect');
  assert.equal(requestText([':method', 'GET', ':scheme', 'http'], false), 'bad pseudo-header');
  assert.equal(requestText([...BASE, ':protocol', 'x'], false), 'connect');
  assert.equal(requestText([...BASE, ':x', 'x'], false), 'bad pseudo-header');
  for (const value of [' a', 'a ', '\ta', 'a\t', ' '])
    assert.equal(requestText([...BASE, 'x', value], false), 'white space around a value');
});

test('an extended CONNECT is spelled as the GET of a WebSocket, with a key of our own', () => {
  const asked = [':method', 'CONNECT', ':protocol', 'websocket', ...BASE.slice(2), 'sec-websocket-key', 'x'];
  assert.equal(protocolOf(asked), 'websocket');
  assert.equal(
    requestText(asked, true, 'abc'),
    'GET / HTTP/1.1\r\nhost: a.test\r\nsec-websocket-key: abc\r\n\r\n',
  );
  assert.equal(protocolOf(BASE), null);
});
