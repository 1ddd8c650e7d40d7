import assert from 'node:assert/strict';
import { describe, test } from 'vitest';
import { stringify } from 'yaml';
import { parseConfig } from '../../src/config/read.ts';
import type { Config } from '../../src/config/schema.ts';
import { Authority } from '../support/certificates.ts';

const authority = new Authority();
const { cert, key } = authority.issue();
const garbage = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';
const TLS = {
  enable_ssl: true,
  tls_pem: [{ cert_chain: cert, private_key: key }],
  cipher_suites: 'ECDHE-RSA-AES128-GCM-SHA256',
  client_cert_validation: 'none',
};

interface Taken {
  readonly what: string;
  readonly file: object;
  /** What the router makes of it. */
  readonly means: (config: Config) => unknown;
  readonly value: unknown;
  /** What is said of it; empty: nothing. */
  readonly said: string;
}

const TAKEN: readonly Taken[] = [
  {
    what: 'a negative time',
    file: { frontend_idle_timeout: '-1s' },
    means: (c) => c.frontend_idle_timeout,
    value: 0,
    said: 'frontend_idle_timeout: negative: counts as 0s',
  },
  {
    what: 'a time longer than a timer takes',
    file: { endpoint_timeout: '1000h' },
    means: (c) => c.endpoint_timeout,
    value: 2 ** 31 - 1,
    said: '',
  },
  {
    what: 'a threshold below a second, where the start takes longer',
    file: { droplet_stale_threshold: '1ms' },
    means: (c) => c.droplet_stale_threshold,
    value: 5000,
    said: '',
  },
  {
    what: 'no pings',
    file: { nats_client_ping_interval: '0s' },
    means: (c) => c.nats_client_ping_interval,
    value: 0,
    said: '',
  },
  {
    what: 'a negative number',
    file: { backends: { max_conns: -1 } },
    means: (c) => c.backends.max_conns,
    value: 0,
    said: 'backends.max_conns: negative: counts as 0',
  },
  {
    what: 'a fraction where Go cuts it off',
    file: { backends: { max_attempts: 2.9 } },
    means: (c) => c.backends.max_attempts,
    value: 2,
    said: '',
  },
  {
    what: 'any number of Go threads',
    file: { go_max_procs: -7 },
    means: (c) => c.go_max_procs,
    value: -7,
    said: '',
  },
  {
    what: 'a level in any case',
    file: { logging: { level: 'WARN' } },
    means: (c) => c.logging.level,
    value: 'warn',
    said: '',
  },
  {
    what: 'an empty level',
    file: { logging: { level: '' } },
    means: (c) => c.logging.level,
    value: 'info',
    said: '',
  },
  {
    what: 'a level that there is none of here',
    file: { logging: { level: 'dpanic' } },
    means: (c) => c.logging.level,
    value: 'fatal',
    said: 'logging.level: counts as fatal',
  },
  {
    what: 'any form of time stamps',
    file: { logging: { format: { timestamp: 'RFC3339' } } },
    means: (c) => c.logging.format.timestamp,
    value: 'unix-epoch',
    said: 'logging.format.timestamp: counts as unix-epoch',
  },
  {
    what: 'any network for syslog while nothing is streamed',
    file: { logging: { syslog_network: 'unix' } },
    means: (c) => c.logging.syslog_network,
    value: 'udp',
    said: '',
  },
  {
    what: 'an empty network for syslog',
    file: { logging: { syslog_network: '' }, access_log: { enable_streaming: true } },
    means: (c) => c.logging.syslog_network,
    value: 'udp',
    said: 'logging.syslog_network: empty: lines go over UDP to logging.syslog_addr, not to the socket of the syslog daemon',
  },
  {
    what: 'anything about TLS without TLS',
    file: {
      min_tls_version: 'SSLv3',
      max_tls_version: 'x',
      client_cert_validation: 'maybe',
      tls_pem: [{}, { cert_chain: 'x' }],
    },
    means: (c) => [c.min_tls_version, c.max_tls_version, c.client_cert_validation],
    value: ['TLSv1.2', 'TLSv1.2', 'none'],
    said: '',
  },
  {
    what: 'versions of TLS of which none is left',
    file: { ...TLS, min_tls_version: 'TLSv1.3' },
    means: (c) => c.min_tls_version,
    value: 'TLSv1.3',
    said: 'min_tls_version: newer than max_tls_version: no version is left, and no client can connect over TLS',
  },
  {
    what: 'half a pair for endpoints',
    file: { backends: { cert_chain: cert } },
    means: (c) => [c.backends.cert_chain, c.backends.private_key],
    value: ['', ''],
    said: 'backends: a certificate and its key are only of use together: neither is used',
  },
  {
    what: 'authorities of whom one cannot be read',
    file: { ca_certs: [garbage + authority.cert] },
    means: (c) => c.ca_certs.join('').includes('AAAA\n---'),
    value: false,
    said: 'ca_certs.0: holds certificates that cannot be read: they are passed over',
  },
  {
    what: 'authorities for NATS without TLS',
    file: { nats: { ca_certs: 'x' } },
    means: (c) => c.nats.tls_enabled,
    value: false,
    said: '',
  },
  {
    what: 'members of lists that say nothing',
    file: {
      extra_headers_to_log: [null, 'A', null],
      isolation_segments: [null],
      ca_certs: [null],
      tls_pem: [null],
      verify_client_certificate_metadata: [null],
      nats: { hosts: [null, { hostname: 'n', port: 1 }] },
      http_rewrite: {
        responses: { remove_headers: [null, { name: 'X' }], add_headers_if_not_present: [null] },
      },
      prometheus: { meters: { gorouter_time_histogram_buckets: [null, 1] } },
    },
    means: (c) => [
      ...[c.extra_headers_to_log, c.isolation_segments, c.ca_certs, c.tls_pem],
      ...[c.verify_client_certificate_metadata, c.nats.hosts, c.http_rewrite.responses.remove_headers],
      c.prometheus.meters.gorouter_time_histogram_buckets,
    ],
    value: [['A'], [], [], [], [], [{ hostname: 'n', port: 1 }], [{ name: 'X' }], [1]],
    said: '',
  },
  {
    what: 'both names of the size of a header',
    file: { max_header_bytes: 100, max_request_header_bytes: 200 },
    means: (c) => c.max_request_header_bytes,
    value: 200,
    said: 'max_header_bytes: max_request_header_bytes goes before it',
  },
  {
    what: 'a metrics port and no listener',
    file: { prometheus: { port: 9102, enabled: false } },
    means: (c) => c.prometheus.enabled,
    value: false,
    said: '',
  },
];

describe('§5.2 what gorouter starts with is taken; where it is not what it says, that is said once:', () => {
  for (const { what, file, means, value, said } of TAKEN) {
    test(what, () => {
      const read = parseConfig(stringify(file), 'gorouter.yml');
      assert.ok(read.ok, JSON.stringify(read));
      assert.deepEqual(means(read.config), value);
      const warnings = read.warnings.map((warning) => warning.replace(/^gorouter\.yml:\d+: /, ''));
      assert.deepEqual(warnings, said === '' ? [] : [said]);
    });
  }
});

test('§5.1 of several documents the first counts, and the others are told of', () => {
  const read = parseConfig('port: 80\n---\nport: 81\n', 'gorouter.yml');
  assert.ok(read.ok);
  assert.equal(read.config.port, 80);
  assert.deepEqual(read.warnings, ['gorouter.yml:2: a second document begins here: ignored']);
});

test('§5.1 numbers are read as Go reads them', () => {
  for (const [written, port] of [
    ['1_000', 1000],
    ['0x50', 80],
    ['0o120', 80],
    ['0120', 80],
    ['0b1010000', 80],
    ['+80', 80],
  ] as const) {
    const read = parseConfig(`port: ${written}\n`, 'gorouter.yml');
    assert.ok(read.ok && read.config.port === port, `${written}: ${JSON.stringify(read)}`);
  }
});
