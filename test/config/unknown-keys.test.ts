import assert from 'node:assert/strict';
import { test } from 'vitest';
import { parseConfig } from '../../src/config/read.ts';

function warnings(text: string): readonly string[] {
  const result = parseConfig(text, 'gorouter.yml');
  assert.ok(result.ok, JSON.stringify(result));
  return result.warnings;
}

test('§5.1 a mistyped key is warned of with the name it resembles', () => {
  assert.deepEqual(warnings('port: 80\nblancing_algorithm: round-robin\n'), [
    'gorouter.yml:2: blancing_algorithm: unknown key, ignored; did you mean balancing_algorithm?',
  ]);
  assert.deepEqual(warnings('cellgate:\n  proxy_thread: 2\n'), [
    'gorouter.yml:2: cellgate.proxy_thread: unknown key, ignored; did you mean cellgate.proxy_threads?',
  ]);
});

test('a key in the wrong place is warned of with its right place', () => {
  assert.deepEqual(warnings('max_attempts: 3\n'), [
    'gorouter.yml:1: max_attempts: unknown key, ignored; did you mean backends.max_attempts?',
  ]);
});

test('a key like no other is just ignored', () => {
  assert.deepEqual(warnings('frobnicate: {a: 1}\n'), ['gorouter.yml:1: frobnicate: unknown key, ignored']);
});
