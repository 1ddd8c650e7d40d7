import assert from 'node:assert/strict';
import { test } from 'vitest';
import { parseConfig, readConfig } from '../../src/config/read.ts';

function given(text: string): string[] {
  const read = parseConfig(text, 'gorouter.yml');
  assert.ok(read.ok, read.ok ? '' : read.problems.join('\n'));
  return [...read.given].toSorted();
}

test('the keys that a file has are known, and no others', () => {
  assert.deepEqual(given('{}'), []);
  assert.deepEqual(given('port: 8081\nbackends: {max_attempts: 3}\nca_certs: []\n'), [
    'backends.max_attempts',
    'ca_certs',
    'port',
  ]);
});

test('one that says nothing, or that is not known, is not given', () => {
  assert.deepEqual(given('endpoint_timeout:\nbackends:\nno_such_key: 1\n'), []);
});

test('a nought that gorouter takes for nothing is none, and any other is', () => {
  const text = 'http_1_endpoint_timeout: 0s\nmax_request_header_bytes: 0\nread_header_timeout: 0\n';
  assert.deepEqual(given(text), []);
  assert.deepEqual(given('http_1_endpoint_timeout: -1s\nendpoint_timeout: 0\n'), [
    'endpoint_timeout',
    'http_1_endpoint_timeout',
  ]);
});

test('one that comes through an alias or a merge is', () => {
  assert.deepEqual(given('common: &b {max_attempts: 3}\nbackends:\n  <<: *b\n'), ['backends.max_attempts']);
});

test('without a file nothing is', () => {
  const read = readConfig(null);
  assert.deepEqual(read.ok && [...read.given], []);
});
