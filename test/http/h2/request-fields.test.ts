import assert from 'node:assert/strict';
import { test } from 'node:test';
import { requestFields } from '../../../src/http/h2/request-fields.ts';
import { responseHeadText } from '../../../src/http/h2/response-head.ts';
import { streamFailure } from '../../../src/http/h2/stream-failure.ts';

test('a request head becomes pseudo-headers and fields in lower case, in their order', () => {
  const text = 'POST /a?b HTTP/1.1\r\nX-One: 1\r\nHost: App.test:80\r\nx-one:2\r\nContent-Length: 3\r\n\r\n';
  assert.deepEqual(requestFields(text, 'https'), [
    ...[':method', 'POST', ':scheme', 'https', ':authority', 'App.test:80', ':path', '/a?b'],
    ...['x-one', '1', 'x-one', '2', 'content-length', '3'],
  ]);
});

test('what belongs to the connection of HTTP/1.1 stays behind, TE with trailers does not', () => {
  const text =
    'GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTE: trailers\r\nConnection: TE, close\r\nUpgrade: x\r\n\r\n';
  assert.deepEqual(requestFields(text, 'http').slice(8), ['te', 'trailers']);
});

test('a response head is spelled as HTTP/1.1, whatever its status claims to be', () => {
  assert.equal(
    responseHeadText([':status', '200', 'x-a', '1', 'x-a', '2']),
    'HTTP/1.1 200 OK\r\nx-a: 1\r\nx-a: 2\r\n\r\n',
  );
  assert.equal(responseHeadText(['x-a', '1']), 'HTTP/1.1  \r\nx-a: 1\r\n\r\n');
});

test('T23 only what the backend has certainly not processed counts as unsent', () => {
  const end = { code: 0, answered: false, unseen: false, connectionLost: false };
  assert.equal(streamFailure({ ...end, unseen: true }), 'unsent');
  assert.equal(streamFailure({ ...end, code: 7 }), 'unsent');
  assert.equal(streamFailure({ ...end, code: 13 }), 'unsent');
  assert.equal(streamFailure({ ...end, code: 8 }), 'closed-early');
  assert.equal(streamFailure({ ...end, code: 1 }), 'malformed');
  assert.equal(streamFailure({ ...end, connectionLost: true }), 'reset-early');
  for (const code of [0, 1, 7, 13]) {
    assert.equal(streamFailure({ ...end, code, unseen: true, answered: true }), 'truncated');
  }
});
