import assert from 'node:assert/strict';
import { createSecureContext } from 'node:tls';
import { test } from 'vitest';
import { cipherSuites } from '../../src/tls/cipher-suites.ts';

test('§3.14 cipher suites are named as OpenSSL or as the RFCs do', () => {
  const suites = cipherSuites('ECDHE-RSA-AES128-GCM-SHA256:TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384');
  assert.ok(suites.ok);
  assert.ok(suites.list.startsWith('ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-AES256-GCM-SHA384:'));
  createSecureContext({ ciphers: suites.list });
});

test('a suite named in both ways is there once', () => {
  const suites = cipherSuites('AES128-SHA:TLS_RSA_WITH_AES_128_CBC_SHA');
  assert.ok(suites.ok);
  assert.equal(suites.list.split(':').filter((name) => name === 'AES128-SHA').length, 1);
});

test('a name nobody knows is told, and so is an empty list', () => {
  for (const [list, unknown] of [
    ['AES128-SHA:ROT13', 'ROT13'],
    ['toString', 'toString'],
    ['', ''],
  ] as const) {
    const suites = cipherSuites(list);
    assert.ok(!suites.ok);
    assert.equal(suites.unknown, unknown);
  }
});
