import assert from 'node:assert/strict';
import { isIPv6 } from 'node:net';
import fc from 'fast-check';
import { test } from 'vitest';
import { hostPort } from '../../src/address/host-port.ts';

test('names and IPv4 addresses stand before their port, IPv6 addresses in brackets, once', () => {
  assert.equal(hostPort('a.test', 80), 'a.test:80');
  assert.equal(hostPort('10.0.0.1', 80), '10.0.0.1:80');
  assert.equal(hostPort('::1', 80), '[::1]:80');
  assert.equal(hostPort('[::1]', 80), '[::1]:80');
  assert.equal(hostPort('fe80::1%eth0', '80'), '[fe80::1%eth0]:80');
});

test('whatever the address, a URL has it back', () => {
  fc.assert(
    fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), fc.integer({ min: 1, max: 65_535 }), (address, port) => {
      const { hostname, port: read } = new URL(`ws://${hostPort(address, port)}`);
      assert.equal(Number(read || 80), port);
      assert.equal(hostname.startsWith('['), isIPv6(address));
    }),
  );
});
