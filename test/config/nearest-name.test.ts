import assert from 'node:assert/strict';
import fc from 'fast-check';
import { test } from 'vitest';
import { nearestName } from '../../src/config/nearest-name.ts';

test('finds the name that a slip of the pen hides', () => {
  const names = ['register', 'help', 'port', 'index'];
  assert.equal(nearestName('regsiter', names), 'register');
  assert.equal(nearestName('registr', names), 'register');
  assert.equal(nearestName('halp', names), 'help');
  assert.equal(nearestName('prot', names), 'port');
});

test('offers nothing when no name is close', () => {
  assert.equal(nearestName('frobnicate', ['register', 'help']), null);
  assert.equal(nearestName('x', []), null);
});

test('prefers the closest of several', () => {
  assert.equal(
    nearestName('max_request_header', ['max_request_headers', 'max_response_headers']),
    'max_request_headers',
  );
});

test('any known name with one letter changed is found again', () => {
  const names = ['endpoint_timeout', 'drain_wait', 'balancing_algorithm', 'trace_key'];
  fc.assert(
    fc.property(fc.constantFrom(...names), fc.nat(), (name, position) => {
      const at = position % name.length;
      assert.equal(nearestName(`${name.slice(0, at)}X${name.slice(at + 1)}`, names), name);
    }),
  );
});
