import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clientCertForwarding, returnedClientCert } from '../../../src/http/policy/client-certificate.ts';
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

test('§3.6 on a request that a route service brings back it passes always, or is the router’s own if it came over TLS', () => {
  const drops = (['always_forward', 'forward', 'sanitize_set'] as const).map((mode) =>
    (['http', 'https'] as const).map((scheme) => returnedClientCert(mode, scheme).drops),
  );
  assert.deepEqual(drops, [
    [false, false],
    [true, true],
    [true, false],
  ]);
});
