import assert from 'node:assert/strict';
import { test } from 'vitest';
import { askedUrl } from '../../../src/http/message/asked-url.ts';

function read(url: string): unknown {
  const asked = askedUrl(url);
  if (asked === null) return null;
  return asked.fault === null ? [asked.request.lookupName, asked.request.path] : asked.fault.name;
}

test('a URL is asked for as it is written', () => {
  assert.deepEqual(read('http://X.test/pub/../admin'), ['x.test', '/pub/../admin']);
  assert.deepEqual(read('https://x.test:8443/./a//B?q=/c#/d'), ['x.test', '/./a//B']);
  assert.deepEqual(read('x.test'), ['x.test', '/']);
  assert.deepEqual(read('x.test./a%2Fb'), ['x.test', '/a%2Fb']);
  assert.deepEqual(read('x.test?q'), ['x.test', '/']);
  assert.deepEqual(read('http://[::1]:80/a'), ['[::1]', '/a']);
});

test('what a client could not ask for is refused by the name of its fault', () => {
  assert.equal(read('http://'), null);
  assert.equal(read(''), null);
  assert.equal(read('http://user@x.test/'), 'bad_host');
  assert.equal(read('http://x.test/a b'), 'unsupported_protocol');
  assert.equal(read('http://x y/'), 'bad_host');
  assert.equal(read('http://x.test/\r\nHost: y.test'), 'bad_target');
});
