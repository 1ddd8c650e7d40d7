import assert from 'node:assert/strict';
import { test } from 'vitest';
import { clientCertForwarding, toldClientCert } from '../../../src/http/policy/client-certificate.ts';
import { distinguishedName } from '../../../src/tls/subject-rules.ts';

const CERTIFICATE = {
  der: Buffer.from([0xfb, 0xff, 0x00]),
  subject: distinguishedName({ C: 'DE', O: '\u00fc\r\nX: y', OU: ['one', 'two'], CN: 'a "b"\\c' }),
};

test('§3.6 the certificate header passes always, with mutual TLS alone, or is the router\u2019s own', () => {
  const raw = 'X-Forwarded-Client-Cert: +/8A\r\n';
  assert.deepEqual(
    (['always_forward', 'forward', 'sanitize_set'] as const).flatMap((mode) =>
      [null, CERTIFICATE].map((shown) => {
        const { drops, lines } = clientCertForwarding(mode, 'raw', shown);
        return { drops, line: lines.text };
      }),
    ),
    [
      { drops: false, line: '' },
      { drops: false, line: '' },
      { drops: true, line: '' },
      { drops: false, line: '' },
      { drops: true, line: '' },
      { drops: true, line: raw },
    ],
  );
});

test('§3.6 Envoy\u2019s format has a hash and a subject, in which nothing ends the quotation or the line', () => {
  const { lines } = clientCertForwarding('sanitize_set', 'envoy', CERTIFICATE);
  assert.match(
    lines.text,
    /^X-Forwarded-Client-Cert: Hash=[0-9a-f]{64};Subject="CN=a \\"b\\"\\\\c,OU=one,OU=two,O=%C3%BC%0D%0AX: y,C=DE"\r\n$/,
  );
});

const MODES = ['always_forward', 'forward', 'sanitize_set'] as const;

/** Which of these lines go on, by mode, over HTTP and over TLS with a certificate that the connection has proved. */
function passes(teller: 'service' | 'router' | 'unknown', domain = ''): string[][] {
  return MODES.map((certMode) =>
    (['http', 'https'] as const).map((scheme) => {
      const certificate = clientCertForwarding(certMode, 'raw', scheme === 'http' ? null : CERTIFICATE);
      const { drops, lines } = toldClientCert(teller, { certMode, scheme, domain, certificate });
      return [...(drops ? [] : ['told']), ...(lines.text === '' ? [] : ['proved'])].join();
    }),
  );
}

test('§3.6 on a request that a route service brings back it passes always, or is the router’s own if it came over TLS', () => {
  assert.deepEqual(passes('service'), [
    ['told', 'told'],
    ['', ''],
    ['', 'told'],
  ]);
});

test('§3.6 on the way out to a route service it passes as the router has set it, over TLS and in no domain', () => {
  assert.deepEqual(passes('router'), [
    ['told', 'told'],
    ['', 'told'],
    ['', 'told'],
  ]);
  assert.deepEqual(passes('router', 'a.test'), [
    ['told', 'told'],
    ['', 'told'],
    ['', 'proved'],
  ]);
});

test('§3.6 with a signature for nobody knows whom a router’s own certificate is not taken for a client’s', () => {
  assert.deepEqual(passes('unknown'), [
    ['told', 'told'],
    ['', 'told'],
    ['', ''],
  ]);
});
