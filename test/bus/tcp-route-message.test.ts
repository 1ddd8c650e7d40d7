import assert from 'node:assert/strict';
import fc from 'fast-check';
import { test } from 'vitest';
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

test('a TLS port is the one connected to, and tells what its certificate must name', () => {
  const nameOf = (more: object) => {
    const decoded = decode({ ...GOOD, tls_port: 8443, sni_rewrite_hostname: 'db.internal', ...more });
    assert.ok(decoded.ok);
    assert.equal(decoded.registration.backendPort, 8443);
    return decoded.registration.terms.backendTls?.name;
  };
  assert.equal(nameOf({ server_cert_domain_san: 'db.test', private_instance_id: 'i' }), 'db.test');
  assert.equal(nameOf({ private_instance_id: 'i' }), 'i');
  assert.equal(nameOf({}), '10.0.0.1');
});

test('what a route wants of TLS with clients and of the PROXY protocol is read', () => {
  const given = { terminate_frontend_tls: true, alpns: 'h2,http/1.1', send_proxy_protocol: 'v2' };
  const decoded = decode({ ...GOOD, ...given });
  assert.ok(decoded.ok);
  const backendTls = null;
  const terms = { terminates: true, alpns: ['h2', 'http/1.1'], backendTls, sendProxy: 'v2' };
  assert.deepEqual(decoded.registration.terms, terms);
});

test('what is wrong with a message is named', () => {
  assert.match(errorOf({ external_port: 0 }), /^external_port: found 0/);
  assert.match(errorOf({ external_port: 70_000 }), /^external_port: found number 70000/);
  assert.match(errorOf({ port: 0 }), /^port: /);
  assert.match(errorOf({ host: 'a b' }), /^host: /);
  assert.match(errorOf({ sni_hostname: 'a.*.b' }), /^sni_hostname: /);
  assert.match(errorOf({ tls_port: -1 }), /^tls_port: /);
  assert.match(errorOf({ terminate_frontend_tls: 'yes' }), /^terminate_frontend_tls: found string "yes"/);
  assert.match(errorOf({ alpns: 'a b' }), /^alpns: /);
  assert.match(errorOf({ send_proxy_protocol: 'v3' }), /^send_proxy_protocol: /);
  assert.match(errorOf({ protocol: 'http1' }), /^protocol: found "http1"/);
});

test('a message for HTTP is not taken for one', () => {
  assert.equal(mayBeTcpRoute(Buffer.from('{"uris":["a.com"],"host":"h","port":1}')), false);
  assert.equal(mayBeTcpRoute(Buffer.from(JSON.stringify(GOOD))), true);
});

test('nothing in a message throws', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...Object.keys(GOOD), 'sni_hostname', 'tls_port', 'alpns'),
      fc.jsonValue(),
      (key, value) => {
        decode({ ...GOOD, [key]: value });
      },
    ),
  );
  fc.assert(fc.property(fc.uint8Array(), (bytes) => void decodeTcpRouteMessage(bytes)));
});
