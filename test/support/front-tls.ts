import assert from 'node:assert/strict';
import type { FrontTlsSettings } from '../../src/http/settings.ts';
import { cipherSuites } from '../../src/tls/cipher-suites.ts';
import type { Identity } from './certificates.ts';

/** TLS with clients under these certificates; no more than is needed for it. */
export function frontTlsOf(...identities: readonly Identity[]): FrontTlsSettings {
  const suites = cipherSuites('ECDHE-ECDSA-AES128-GCM-SHA256');
  assert.ok(suites.ok);
  return {
    http2: true,
    certificates: identities.map(({ cert, key }) => ({ certChain: cert, privateKey: key })),
    ciphers: suites.list,
    minVersion: 'TLSv1.2',
    maxVersion: 'TLSv1.3',
    clientCertificates: 'none',
    clientCa: [],
    trustSystemCa: false,
    rules: [],
    domains: [],
    ticketKeys: Buffer.alloc(48, 7),
  };
}
