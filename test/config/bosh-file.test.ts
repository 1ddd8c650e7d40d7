import assert from 'node:assert/strict';
import { test } from 'vitest';
import { stringify } from 'yaml';
import { parseConfig } from '../../src/config/read.ts';
import { Authority } from '../support/certificates.ts';
import { GOROUTER_DEFAULTS } from '../support/gorouter-defaults.ts';

const authority = new Authority();
const { cert, key } = authority.issue({ names: 'DNS:gorouter.service.cf.internal' });
const pair = { cert_chain: cert, private_key: key };

/** What gorouter's BOSH job writes for a foundation with TLS everywhere and the routing API (docs/compatibility.md §5.2). */
const FILE = {
  status: {
    port: 8080,
    enable_nontls_health_checks: true,
    enable_deprecated_varz_healthz_endpoints: false,
    user: 'router-status',
    pass: 'generated',
    tls: { port: 8443, certificate: cert, key },
    routes: { port: 8082 },
  },
  nats: {
    hosts: [
      { hostname: '10.0.16.4', port: 4224 },
      { hostname: '10.0.16.5', port: 4224 },
    ],
    user: 'nats',
    pass: 'generated',
    tls_enabled: true,
    ca_certs: authority.cert,
    ...pair,
  },
  logging: {
    level: 'info',
    syslog: 'vcap.gorouter',
    syslog_addr: 'localhost:514',
    syslog_network: 'udp',
    loggregator_enabled: true,
    metron_address: 'localhost:3457',
    disable_log_forwarded_for: false,
    disable_log_source_ip: false,
    redact_query_params: 'none',
    enable_attempts_details: false,
    format: { timestamp: 'rfc3339' },
  },
  port: 80,
  disable_http: false,
  enable_ssl: true,
  ssl_port: 443,
  tls_pem: [pair],
  cipher_suites: 'ECDHE-RSA-AES128-GCM-SHA256:TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384',
  min_tls_version: 'TLSv1.2',
  max_tls_version: 'TLSv1.2',
  client_cert_validation: 'request',
  client_ca_certs: authority.cert,
  only_trust_client_ca_certs: false,
  ca_certs: [authority.cert],
  enable_verify_client_certificate_metadata: false,
  verify_client_certificate_metadata: [],
  forwarded_client_cert: 'always_forward',
  force_forwarded_proto_https: false,
  sanitize_forwarded_proto: false,
  hop_by_hop_headers_to_filter: ['X-Forwarded-For', 'B3'],
  enable_http2: true,
  enable_http1_concurrent_read_write: false,
  enable_proxy: false,
  skip_ssl_validation: false,
  isolation_segments: [],
  routing_table_sharding_mode: 'all',
  index: 0,
  zone: 'z1',
  go_max_procs: -1,
  tracing: { enable_zipkin: true, enable_w3c: false, w3c_tenant_id: '' },
  trace_key: 22,
  access_log: { file: '/var/vcap/sys/log/gorouter/access.log', enable_streaming: false },
  debug_addr: '127.0.0.1:17002',
  prometheus: {
    enabled: true,
    port: 9102,
    cert_path: '/a/b.crt',
    key_path: '/a/b.key',
    ca_path: '/a/ca.crt',
  },
  enable_envelope_v1_metrics: true,
  per_request_metrics_reporting: true,
  per_app_prometheus_http_metrics_reporting: false,
  send_http_start_stop_server_event: true,
  send_http_start_stop_client_event: true,
  route_latency_metric_muzzle_duration: '30s',
  load_balancer_healthy_threshold: '20s',
  publish_start_message_interval: '30s',
  suspend_pruning_if_nats_unavailable: true,
  prune_stale_droplets_interval: '30s',
  droplet_stale_threshold: '120s',
  publish_active_apps_interval: '0s',
  start_response_delay_interval: '20s',
  endpoint_timeout: '900s',
  endpoint_dial_timeout: '5s',
  websocket_dial_timeout: '5s',
  endpoint_keep_alive_probe_interval: '1s',
  tls_handshake_timeout: '10s',
  route_services_timeout: '60s',
  frontend_idle_timeout: '900s',
  read_header_timeout: '0s',
  drain_wait: '20s',
  drain_timeout: '900s',
  secure_cookies: false,
  sticky_session_cookie_names: ['JSESSIONID'],
  sticky_sessions_for_auth_negotiate: false,
  healthcheck_user_agent: 'HTTP-Monitor/1.1',
  oauth: {
    token_endpoint: 'uaa.service.cf.internal',
    port: 8443,
    skip_ssl_validation: false,
    client_name: 'gorouter',
    client_secret: 'generated',
    ca_certs: '/var/vcap/jobs/gorouter/config/certs/uaa/ca.crt',
  },
  routing_api: {
    uri: 'https://routing-api.service.cf.internal',
    port: 3001,
    auth_disabled: false,
    ca_certs: authority.cert,
    ...pair,
  },
  token_fetcher_max_retries: 3,
  token_fetcher_retry_interval: '5s',
  token_fetcher_expiration_buffer_time: 30,
  route_services_secret: 'generated',
  route_services_secret_decrypt_only: '',
  route_services_recommend_https: true,
  route_services_hairpinning: false,
  route_services_hairpinning_allowlist: [],
  route_services_internal_server_port: 7070,
  route_services: { max_attempts: 3, strict_signature_validation: false, ...pair },
  backends: { max_conns: 500, max_attempts: 3, ...pair },
  extra_headers_to_log: [],
  pid_file: '/var/vcap/sys/run/gorouter/gorouter.pid',
  balancing_algorithm: 'round-robin',
  balancing_algorithm_az_preference: 'none',
  disable_keep_alives: false,
  max_idle_conns: 100,
  max_idle_conns_per_host: 100,
  max_request_header_bytes: 1_048_576,
  max_response_header_bytes: 0,
  max_request_headers: 0,
  max_response_headers: 0,
  keep_alive_100_continue_requests: false,
  http_rewrite: {
    responses: { add_headers_if_not_present: [{ name: 'Strict-Transport-Security', value: 'max-age=1' }] },
  },
  empty_pool_response_code_503: true,
  empty_pool_timeout: '0s',
};

test("§5.2 a file as gorouter's BOSH job writes it is read without a problem or an unknown key", () => {
  const read = parseConfig(stringify(FILE), 'gorouter.yml');
  assert.ok(read.ok, JSON.stringify(read));
  assert.deepEqual(
    read.warnings.filter((warning) => !warning.endsWith('not supported yet, ignored')),
    [],
  );
  assert.equal(read.config.trace_key, '22');
  assert.equal(read.config.backends.max_conns, 500);
  assert.equal(read.config.drain_timeout, 900_000);
});

test('§5.2 that file leaves no section of gorouter out', () => {
  const sections = new Set(Object.keys(GOROUTER_DEFAULTS).map((path) => path.split('.')[0]!));
  const newer = [
    'nats_client_ping_interval',
    'healthcheck_poll_interval',
    'healthcheck_timeout',
    'html_error_template_file',
    'http_1_endpoint_timeout',
    'http_2_endpoint_timeout',
    'hash_lookup_table_size',
    'max_header_bytes',
    'domains',
  ];
  assert.deepEqual([...sections].filter((key) => !Object.hasOwn(FILE, key)).toSorted(), newer.toSorted());
});
