import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { decodeTcpRouteMessage, mayBeTcpRoute } from '../../src/bus/tcp-route-message.ts';

const GOOD = { protocol: 'tcp', external_port: 2000, host: '10.0.0.1', port: 80 };

function decode(message: unknown) {
  return decodeTcpRouteMessage(Buffer.from(JSON.stringify(message)));
}

function errorOf(more: object): string {
  const decoded = decode({ ...GOOD, ...more });
  return decoded.ok ? '' : decoded.error;
}

test('a message is decoded with server name and address made canonical', () => {
  const decoded = decode({
    ...GOOD,
    host: '[::1]',
    sni_hostname: 'DB.example.com.',
    private_instance_id: 'i',
    stale_threshold_in_seconds: 30,
  });
  assert.ok(decoded.ok);
  const { host, sni, instanceId, lifetime, owner } = decoded.registration;
  assert.deepEqual([host, sni, instanceId, lifetime, owner], ['::1', 'db.example.com', 'i', 30_000, 'bus']);
});

test('what is wrong with a message is named', () => {
  assert.match(errorOf({ external_port: 0 }), /^external_port: found 0/);
  assert.match(errorOf({ external_port: 70_000 }), /^external_port: found number 70000/);
  assert.match(errorOf({ port: 0 }), /^port: /);
  assert.match(errorOf({ host: 'a b' }), /^host: /);
  assert.match(errorOf({ sni_hostname: 'a.*.b' }), /^sni_hostname: /);
  assert.match(errorOf({ protocol: 'http1' }), /^protocol: found "http1"/);
});

test('a message for HTTP is not taken for one', () => {
  assert.equal(mayBeTcpRoute(Buffer.from('{"uris":["a.com"],"host":"h","port":1}')), false);
  assert.equal(mayBeTcpRoute(Buffer.from(JSON.stringify(GOOD))), true);
});

test('nothing in a message throws', () => {
  fc.assert(
    fc.property(fc.constantFrom(...Object.keys(GOOD), 'sni_hostname'), fc.jsonValue(), (key, value) => {
      decode({ ...GOOD, [key]: value });
    }),
  );
  fc.assert(fc.property(fc.uint8Array(), (bytes) => void decodeTcpRouteMessage(bytes)));
});
