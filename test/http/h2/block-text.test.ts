import assert from 'node:assert/strict';
import { test } from 'vitest';
import { NAME_COUNT } from '../../../src/http/message/field-name.ts';
import type { HeadSink } from '../../../src/http/message/head-sink.ts';
import { fieldsOf } from '../../support/block-fields.ts';
import { headOf } from '../../support/parsed-head.ts';

const NOTHING = new Uint8Array(NAME_COUNT);

/** The head of a request relayed as it stands. */
function relayed(...lines: readonly string[]): string[] {
  const head = headOf('request', 'POST /a?b HTTP/1.1', ...lines);
  return fieldsOf({ writeTo: (sink) => sink.relay(head, true, NOTHING, null, []) }, 'https');
}

test('a request head becomes pseudo-headers and fields in lower case, in their order', () => {
  assert.deepEqual(relayed('X-One: 1', 'Host: App.test:80', 'x-one:2', 'Content-Length: 3'), [
    ...[':method', 'POST', ':scheme', 'https', ':authority', 'App.test:80', ':path', '/a?b'],
    ...['x-one', '1', 'x-one', '2', 'content-length', '3'],
  ]);
});

test('what belongs to the connection of HTTP/1.1 stays behind, TE with trailers does not', () => {
  const lines = [
    'TE: gzip',
    'Transfer-Encoding: chunked',
    'TE: trailers',
    'Keep-Alive: x',
    'HTTP2-Settings: x',
  ];
  assert.deepEqual(relayed('Host: a', ...lines).slice(8), ['te', 'trailers']);
  const writeTo = (sink: HeadSink) => {
    sink.requestLine('GET', '/', 'a');
    sink.add('TE', 'trailers');
    sink.hop('Connection', 'TE, close');
    sink.hop('Upgrade', 'x');
  };
  assert.deepEqual(fieldsOf({ writeTo }).slice(8), ['te', 'trailers']);
});

test('a value keeps its bytes to the last, also one that JavaScript takes for white space', () => {
  assert.deepEqual(relayed('Host: a', 'X: \xa0b\xa0').slice(8), ['x', '\xa0b\xa0']);
});
