import assert from 'node:assert/strict';
import type { SecureVersion } from 'node:tls';
import { describe, type TestContext, test } from 'vitest';
import { parseConfig } from '../../src/config/read.ts';
import { httpSettings } from '../../src/runtime/settings/http-settings.ts';
import { Backend, ok } from '../support/backend.ts';
import { Authority } from '../support/certificates.ts';
import { HttpEngine } from '../support/http-engine.ts';
import { ask, get, type RawMessage, statusOf, valuesOf } from '../support/raw-http.ts';

const authority = new Authority();
const identity = authority.issue({ subject: '/CN=service', names: 'DNS:localhost' });
const SSL = {
  enable_ssl: true,
  tls_pem: [{ cert_chain: identity.cert, private_key: identity.key }],
  cipher_suites: 'ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES128-SHA',
  client_cert_validation: 'none',
};

/** What a request gets whose route service speaks this version of TLS alone. */
async function asked(
  t: TestContext,
  keys: object,
  version: SecureVersion,
  ciphers = 'DEFAULT:@SECLEVEL=0',
): Promise<RawMessage> {
  const read = parseConfig(
    JSON.stringify({
      port: 0,
      ca_certs: [authority.cert],
      route_services_secret: 'secret',
      ...keys,
    }),
    'test.yml',
  );
  assert.ok(read.ok, JSON.stringify(read));
  const { routeServices } = httpSettings(read.config);
  const engine = await HttpEngine.start(t, { routeServices });
  const only = { minVersion: version, maxVersion: version, ciphers };
  const service = await Backend.startTls(t, { ...identity, ...only }, () => ok('the service'));
  engine.routeByService('app.test', `https://localhost:${service.port}/`, { host: '127.0.0.1', port: 1 });
  return ask(engine.port, get('app.test'));
}

describe('§4.6 a route service is asked', () => {
  const cases: readonly [what: string, keys: object, served: readonly SecureVersion[]][] = [
    [
      'without TLS with clients',
      { max_tls_version: 'TLSv1.2', min_tls_version: 'TLSv1.0' },
      ['TLSv1.2', 'TLSv1.3'],
    ],
    ['with defaults', SSL, ['TLSv1.2']],
    ['with a later one', { ...SSL, max_tls_version: 'TLSv1.3' }, ['TLSv1.2', 'TLSv1.3']],
    [
      'with only a later one',
      { ...SSL, min_tls_version: 'TLSv1.3', max_tls_version: 'TLSv1.3' },
      ['TLSv1.3'],
    ],
    ['with older ones', { ...SSL, min_tls_version: 'TLSv1.0' }, ['TLSv1', 'TLSv1.1', 'TLSv1.2']],
  ];
  for (const [what, keys, served] of cases) {
    for (const version of ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'] as const) {
      const isServed = served.includes(version);
      test(`${isServed ? '' : 'not '}by ${version}, ${what}`, async (t) => {
        const response = await asked(t, keys, version);
        assert.equal(statusOf(response), isServed ? 200 : 502);
        if (isServed) return;
        const [error] = valuesOf(response, 'X-Cf-RouterError');
        assert.match(
          error!,
          /^endpoint_failure \(tls: ERR_SSL_(?:TLSV1_ALERT_PROTOCOL_VERSION|UNSUPPORTED_PROTOCOL)\)$/,
        );
      });
    }
  }

  test('with the ciphers of cipher_suites alone', async (t) => {
    const other = 'ECDHE-ECDSA-AES256-GCM-SHA384';
    assert.equal(statusOf(await asked(t, SSL, 'TLSv1.2', 'ECDHE-ECDSA-AES128-GCM-SHA256')), 200);
    assert.equal(statusOf(await asked(t, SSL, 'TLSv1.2', other)), 525);
    assert.equal(statusOf(await asked(t, {}, 'TLSv1.2', other)), 200);
  });
});
