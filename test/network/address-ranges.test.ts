import assert from 'node:assert/strict';
import { test } from 'vitest';
import { AddressRanges } from '../../src/network/address-ranges.ts';
import { plainAddress } from '../../src/network/plain-address.ts';

test('ranges hold their addresses of both families, and no others', () => {
  const ranges = new AddressRanges(['10.0.0.0/8', '192.0.2.1', '2001:db8::/32', '::1']);
  for (const inside of ['10.1.2.3', '192.0.2.1', '2001:db8::7', '::1']) assert.ok(ranges.has(inside), inside);
  for (const outside of ['11.0.0.1', '192.0.2.2', '2001:db9::7', '::2'])
    assert.ok(!ranges.has(outside), outside);
  assert.equal(new AddressRanges([]).has('127.0.0.1'), false);
});

test('an IPv4 address in IPv6 clothes is plain, others stay', () => {
  assert.equal(plainAddress('::ffff:192.0.2.7'), '192.0.2.7');
  for (const other of ['192.0.2.7', '::1', '::ffff:c000:207', '']) assert.equal(plainAddress(other), other);
});
