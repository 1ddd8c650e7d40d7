import assert from 'node:assert/strict';
import type { NetworkInterfaceInfo } from 'node:os';
import { test } from 'vitest';
import { plainAddress } from '../../../src/network/plain-address.ts';
import { goListenHost, listenHost } from '../../../src/runtime/settings/listen-host.ts';

function interfaces(...families: ('IPv4' | 'IPv6')[]): NodeJS.Dict<NetworkInterfaceInfo[]> {
  return { lo: families.map((family) => ({ family }) as NetworkInterfaceInfo) };
}

test('all addresses are those of both families, where there are two', () => {
  for (const host of ['::', '']) {
    assert.equal(listenHost(host, interfaces('IPv4', 'IPv6')), '::');
    assert.equal(listenHost(host, interfaces('IPv4')), '0.0.0.0');
    assert.equal(listenHost(host, {}), '0.0.0.0');
  }
});

test('any other address stays what it is; 0.0.0.0 stands for both families where it does in Go', () => {
  for (const host of ['0.0.0.0', '127.0.0.1', '::1', 'localhost']) assert.equal(listenHost(host), host);
  assert.equal(goListenHost('0.0.0.0'), listenHost('::'));
  for (const host of ['127.0.0.1', '::1']) assert.equal(goListenHost(host), host);
});

test('a peer is named as it is, without what a listener for both families or a zone adds', () => {
  assert.equal(plainAddress('::ffff:192.0.2.1'), '192.0.2.1');
  assert.equal(plainAddress('fe80::1%eth0'), 'fe80::1');
  for (const address of ['192.0.2.1', '2001:db8::1', '::1', '']) assert.equal(plainAddress(address), address);
});
