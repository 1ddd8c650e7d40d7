import assert from 'node:assert/strict';
import { describe, test } from 'vitest';
import { parseConfig } from '../../src/config/read.ts';
import { Authority } from '../support/certificates.ts';

const authority = new Authority('/C=DE/O=Cellgate tests/CN=Test CA');
const leaf = authority.issue();
const other = authority.issue();
const pair = { cert_chain: leaf.cert + authority.cert, private_key: leaf.key };
const halfPair = { cert_chain: leaf.cert };
const wrongPair = { cert_chain: leaf.cert, private_key: other.key };
const noPair = { cert_chain: 'x', private_key: 'y' };
const garbage = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';

/** A TLS listener with nothing wrong. */
const TLS = {
  enable_ssl: true,
  tls_pem: [pair],
  cipher_suites: 'ECDHE-RSA-AES128-GCM-SHA256:TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384',
  client_cert_validation: 'none',
};
const RULE = {
  issuer_in_chain: { country: ['DE'], organization: ['Cellgate tests'], common_name: 'Test CA' },
};

function problems(file: object): readonly string[] {
  const result = parseConfig(JSON.stringify(file), 'gorouter.yml');
  return result.ok ? [] : result.problems;
}

describe('§5.3 what gorouter refuses to start with is refused in its words, under the key:', () => {
  const refused: readonly [key: string, words: string, file: object][] = [
    ['backends.cert_chain', 'private key does not match public key', { backends: wrongPair }],
    ['route_services.cert_chain', 'Error loading key pair: ', { route_services: noPair }],
    ['nats.cert_chain', 'Error loading NATS key pair: ', { nats: { tls_enabled: true } }],
    ['nats.cert_chain', 'Error loading NATS key pair: ', { nats: { tls_enabled: true, ...wrongPair } }],
    ['routing_api.cert_chain', 'Error loading key pair: ', { routing_api: { uri: 'https://a', port: 3000 } }],
    [
      'status.enable_nontls_health_checks',
      'Neither TLS nor non-TLS health endpoints are enabled. Refusing to start gorouter.',
      { status: { enable_nontls_health_checks: false } },
    ],
    [
      'status.tls.key',
      'router.status.tls.key must be provided',
      { status: { tls: { certificate: leaf.cert } } },
    ],
    [
      'status.tls.certificate',
      'router.status.tls.certificate must be provided',
      { status: { tls: { key: leaf.key } } },
    ],
    [
      'status.tls.port',
      'router.status.tls.port must not be 0',
      { status: { tls: { port: 0, certificate: leaf.cert, key: leaf.key } } },
    ],
    [
      'status.tls.certificate',
      'private key does not match',
      { status: { tls: { certificate: leaf.cert, key: other.key } } },
    ],
    [
      'client_cert_validation',
      "router.client_cert_validation must be one of 'none', 'request' or 'require'.",
      { ...TLS, client_cert_validation: '' },
    ],
    [
      'client_cert_validation',
      "router.client_cert_validation must be one of 'none', 'request' or 'require'.",
      { ...TLS, client_cert_validation: 'maybe' },
    ],
    ['min_tls_version', 'router.min_tls_version should be one of', { ...TLS, min_tls_version: 'SSLv3' }],
    ['max_tls_version', 'router.max_tls_version should be one of', { ...TLS, max_tls_version: 'TLSv1.1' }],
    [
      'tls_pem',
      'router.tls_pem must be provided if router.enable_ssl is set to true',
      { ...TLS, tls_pem: [] },
    ],
    [
      'tls_pem.0',
      'Error parsing PEM blocks of router.tls_pem, missing cert or key.',
      { ...TLS, tls_pem: [{ cert_chain: leaf.cert, private_key: '' }] },
    ],
    [
      'tls_pem.0',
      'Error parsing PEM blocks of router.tls_pem, missing cert or key.',
      { ...TLS, tls_pem: [halfPair] },
    ],
    ['tls_pem.1', 'Error loading key pair: ', { ...TLS, tls_pem: [pair, wrongPair] }],
    ['cipher_suites', 'must specify list of cipher suite when ssl is enabled', { ...TLS, cipher_suites: '' }],
    [
      'cipher_suites',
      'Invalid cipher string configuration: "NULL", please choose from RC4-SHA, ',
      { ...TLS, cipher_suites: 'ECDHE-RSA-AES128-GCM-SHA256:NULL' },
    ],
    [
      'disable_http',
      'neither http nor https listener is enabled: router.enable_ssl: false, router.disable_http: true',
      { disable_http: true },
    ],
    ['balancing_algorithm', 'Invalid load balancing algorithm', { balancing_algorithm: 'random' }],
    [
      'balancing_algorithm_az_preference',
      'Invalid load balancing AZ preference',
      { balancing_algorithm_az_preference: 'x' },
    ],
    [
      'load_balancer_healthy_threshold',
      'Invalid load balancer healthy threshold',
      { load_balancer_healthy_threshold: '-5s' },
    ],
    ['forwarded_client_cert', 'Invalid forwarded client cert mode', { forwarded_client_cert: 'x' }],
    ['routing_table_sharding_mode', 'Invalid sharding mode', { routing_table_sharding_mode: 'x' }],
    [
      'routing_table_sharding_mode',
      'Expected isolation segments; routing table sharding mode set to segments and none provided.',
      { routing_table_sharding_mode: 'segments' },
    ],
    [
      'logging.redact_query_params',
      'Invalid query param redaction mode',
      { logging: { redact_query_params: 'x' } },
    ],
    ['ca_certs.1', 'Error while adding CACerts', { ca_certs: [authority.cert, garbage] }],
    ['client_ca_certs', 'Error while adding CACerts', { client_ca_certs: 'x' }],
    [
      'nats.ca_certs',
      'Error while adding CACerts',
      { nats: { tls_enabled: true, ca_certs: garbage, ...pair } },
    ],
    [
      'logging.syslog_network',
      'must be empty or one of udp',
      { logging: { syslog_network: 'tcp5' }, access_log: { enable_streaming: true } },
    ],
    [
      'client_ca_certs',
      'router.client_ca_certs cannot be empty if',
      { ...TLS, client_cert_validation: 'require', only_trust_client_ca_certs: true },
    ],
    [
      'verify_client_certificate_metadata.0.issuer_in_chain',
      'no CA certificate found for rule with ca subject C=DE, O=Cellgate tests, CN=Other CA',
      {
        ...TLS,
        client_ca_certs: authority.cert,
        enable_verify_client_certificate_metadata: true,
        verify_client_certificate_metadata: [
          { issuer_in_chain: { ...RULE.issuer_in_chain, common_name: 'Other CA' } },
        ],
      },
    ],
  ];
  for (const [key, words, file] of refused) {
    test(`${key}: ${words}`, () => {
      const [problem = 'none', ...others] = problems(file);
      assert.deepEqual(others, []);
      assert.ok(problem.startsWith('gorouter.yml:'), problem);
      assert.ok(problem.includes(`: ${key}: `), problem);
      assert.ok(problem.includes(words), problem);
      assert.ok(!problem.includes('PRIVATE KEY'), problem);
    });
  }
});

test('§5.3 what gorouter takes is taken', () => {
  const taken = {
    ...TLS,
    client_cert_validation: 'require',
    client_ca_certs: authority.cert,
    only_trust_client_ca_certs: true,
    enable_verify_client_certificate_metadata: true,
    verify_client_certificate_metadata: [RULE],
    disable_http: true,
    backends: pair,
    route_services: pair,
    nats: { hosts: [], tls_enabled: true, ca_certs: authority.cert, ...pair },
    routing_api: { uri: 'https://a', port: 3000, ca_certs: authority.cert, ...pair },
    ca_certs: [authority.cert],
    status: { enable_nontls_health_checks: false, tls: { certificate: leaf.cert, key: leaf.key } },
  };
  assert.deepEqual(problems(taken), []);
});

test('§5.3 without TLS, what is for TLS alone may be left out or half done', () => {
  assert.deepEqual(problems({ tls_pem: [{ cert_chain: 'x', private_key: 'y' }], cipher_suites: '' }), []);
});

test('§7.1 certificates of TCP routes are checked like others, and those for clients must have alternative names', () => {
  const named = authority.issue({ names: 'DNS:a.test' });
  const fine = { cert_chain: named.cert, private_key: named.key };
  const found = (tcp: object) => problems({ cellgate: { tcp } }).join('\n');
  assert.equal(
    found({ frontend_tls: [fine], backend_tls: { enabled: true, ca_certs: authority.cert, ...fine } }),
    '',
  );
  assert.match(found({ frontend_tls: [fine, wrongPair] }), /frontend_tls\.1: .*does not match public key/);
  assert.match(found({ frontend_tls: [pair] }), /frontend_tls\.0\.cert_chain: .*no alternative names/);
  assert.match(found({ backend_tls: { enabled: true } }), /backend_tls\.ca_certs: /);
  assert.match(
    found({ backend_tls: { enabled: true, ca_certs: authority.cert, ...wrongPair } }),
    /backend_tls\.cert_chain: .*does not match public key/,
  );
});

describe('what is said of decisions', () => {
  const hosts = [{ hostname: 'nats.test', port: 4222 }];
  const of = (decisions: object) => problems({ cellgate: { state_dir: '/var/state', decisions } });
  const refused: readonly [key: string, words: string, decisions: object][] = [
    ['store', 'expected one of auto, jetstream, file, none', { store: 'disk' }],
    ['replicas', '1 to 5', { replicas: 6 }],
    ['hosts', 'of no use with store: file', { store: 'file', hosts }],
    ['hosts', 'of no use with store: none', { store: 'none', hosts }],
    ['replicas', 'of no use with store: file', { store: 'file', replicas: 3 }],
    ['user', 'of no use without cellgate.decisions.hosts', { user: 'ann' }],
    ['pass', 'of no use without cellgate.decisions.hosts', { pass: 'hunter2' }],
    ['tls_enabled', 'of no use without cellgate.decisions.hosts', { tls_enabled: true, ...pair }],
    ['pass', 'of no use without cellgate.decisions.user', { hosts, pass: 'hunter2' }],
    [
      'cert_chain',
      'private key does not match public key',
      { hosts, tls_enabled: true, ca_certs: authority.cert, ...wrongPair },
    ],
    ['ca_certs', 'number 1 is not a certificate', { hosts, tls_enabled: true, ca_certs: garbage, ...pair }],
    ['tls_enabled', 'the connection would be plain text', { hosts, ca_certs: authority.cert }],
    ['tls_enabled', 'the connection would be plain text', { hosts, user: 'ann', pass: 'hunter2', ...pair }],
  ];
  for (const [key, words, decisions] of refused) {
    test(`is refused under cellgate.decisions.${key}: ${words}`, () => {
      const [problem = '', ...more] = of(decisions);
      assert.ok(problem.includes(`cellgate.decisions.${key}: `) && problem.includes(words), problem);
      assert.doesNotMatch(problem, /hunter2|PRIVATE KEY/);
      assert.deepEqual(more, []);
    });
  }

  test('is taken where it makes sense', () => {
    const tls = { tls_enabled: true, ca_certs: authority.cert, ...pair };
    assert.deepEqual(of({ store: 'jetstream', hosts, user: 'ann', pass: 'p', replicas: 3, ...tls }), []);
    assert.deepEqual(of({ store: 'jetstream', replicas: 3 }), []);
    for (const store of ['auto', 'jetstream', 'file', 'none']) assert.deepEqual(of({ store }), []);
  });

  test('a file has to lie somewhere', () => {
    for (const store of ['auto', 'jetstream', 'none']) {
      assert.deepEqual(problems({ cellgate: { decisions: { store } } }), []);
    }
    const [problem = '', ...more] = problems({ cellgate: { decisions: { store: 'file' } } });
    assert.match(problem, /cellgate\.decisions\.store: file needs cellgate\.state_dir/);
    assert.deepEqual(more, []);
  });
});

describe('§3.14 a domain', () => {
  const domain = { name: '*.apps.identity', ca_certs: authority.cert };
  const refused: readonly [key: string, words: string, domains: object[]][] = [
    ['domains.0.ca_certs', 'must be provided', [{ ...domain, ca_certs: '' }]],
    ['domains.0.ca_certs', 'number 1 is not a certificate', [{ ...domain, ca_certs: garbage }]],
    ['domains.0.name', '"*" is no host name and no *.domain', [{ ...domain, name: '*' }]],
    ['domains.0.name', '"a.*.test" is no host name', [{ ...domain, name: 'a.*.test' }]],
    ['domains.1.name', '*.APPS.identity is there twice', [domain, { ...domain, name: '*.APPS.identity' }]],
    ['domains.0.xfcc_format', 'raw, envoy', [{ ...domain, xfcc_format: 'pem' }]],
  ];
  for (const [key, words, domains] of refused) {
    test(`is refused under ${key}: ${words}`, () => {
      const [problem = '', ...more] = problems({ ...TLS, domains });
      assert.ok(problem.includes(key) && problem.includes(words), problem);
      assert.deepEqual(more, []);
    });
  }

  test('is taken with its own mode and format, or without', () => {
    const full = { ...domain, name: 'partner.test', forwarded_client_cert: 'forward', xfcc_format: 'envoy' };
    assert.deepEqual(problems({ ...TLS, domains: [domain, full] }), []);
  });
});
