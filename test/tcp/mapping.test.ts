import assert from 'node:assert/strict';
import fc from 'fast-check';
import { test } from 'vitest';
import { decodeMapping } from '../../src/tcp/routing-api/mapping.ts';
import { PLAIN } from '../../src/tcp/table/terms.ts';

const MAPPING = { port: 2000, backend_ip: '10.0.0.1', backend_port: 8080, instance_id: 'instance-1' };

function decoded(more: object) {
  const result = decodeMapping({ ...MAPPING, ...more });
  assert.ok(result.ok, result.ok ? '' : result.error);
  return result.registration;
}

test('§7.3 without a TLS port a backend is spoken to in plain bytes, and it counts whether that is on purpose', () => {
  const unset = decoded({ backend_tls_port: 0 });
  assert.deepEqual([unset.backendPort, unset.terms, unset.lacksTlsPort], [8080, PLAIN, true]);
  assert.equal(decoded({ backend_tls_port: -1 }).lacksTlsPort, undefined);
});

test('§7.4 with a TLS port that is the one connected to, and the instance what its certificate must name', () => {
  const { backendPort, terms } = decoded({ backend_tls_port: 61_443, backend_port: 0 });
  assert.equal(backendPort, 61_443);
  assert.deepEqual(terms.backendTls, { name: 'instance-1', sni: '', clientCertificate: true });
  assert.equal(decoded({ backend_tls_port: 61_443, instance_id: '' }).terms.backendTls?.name, '10.0.0.1');
});

test('§7.6 terminate_frontend_tls, alpns, sni_rewrite_hostname and enable_backend_mtls are understood', () => {
  const given = {
    backend_tls_port: 443,
    terminate_frontend_tls: true,
    alpns: 'h2, http/1.1,h2',
    sni_rewrite_hostname: 'Inner.example.com',
  };
  const { terms } = decoded(given);
  assert.deepEqual([terms.terminates, terms.alpns], [true, ['h2', 'http/1.1']]);
  assert.deepEqual(terms.backendTls, {
    name: 'instance-1',
    sni: 'inner.example.com',
    clientCertificate: false,
  });
  const mutual = decoded({ ...given, enable_backend_mtls: true }).terms;
  assert.equal(mutual.backendTls?.clientCertificate, true);
});

test('C23 a mapping with nonsense in it is refused by the name of the field', () => {
  for (const [field, value] of [
    ['alpns', 'a b'],
    ['alpns', ','],
    ['alpns', 'x,'.repeat(16) + 'x'],
    ['sni_rewrite_hostname', '*.example.com'],
    ['sni_rewrite_hostname', 'no name'],
    ['terminate_frontend_tls', 'yes'],
    ['enable_backend_mtls', 1],
    ['backend_tls_port', -2],
    ['backend_tls_port', 65_536],
    ['backend_port', 0],
  ]) {
    const result = decodeMapping({ ...MAPPING, [field as string]: value });
    assert.ok(!result.ok && result.error.startsWith(`${field}: `), `${field} ${value}`);
  }
});

test('no value of any field whatever throws', () => {
  const fields = [
    'alpns',
    'sni_rewrite_hostname',
    'terminate_frontend_tls',
    'backend_tls_port',
    'instance_id',
  ];
  fc.assert(
    fc.property(fc.constantFrom(...fields), fc.jsonValue(), (field, value) => {
      decodeMapping({ ...MAPPING, [field]: value });
    }),
  );
});
