import { stringify } from 'yaml';
import { Authority } from './certificates.ts';

const authority = new Authority('/CN=Rendered CA');
const { cert, key } = authority.issue({ names: 'DNS:gorouter.service.cf.internal' });
const pair = { cert_chain: cert, private_key: key };
const noPair = { cert_chain: '', private_key: '' };

type Keys = Readonly<Record<string, unknown>>;

/** What the BOSH job of 2025 and later writes where its operator has set what must be set and nothing else. */
const DEFAULTS: Keys = {
  zone: 'z1',
  status: {
    enable_nontls_health_checks: true,
    enable_deprecated_varz_healthz_endpoints: false,
    port: 8080,
    user: 'router-status',
    pass: 'generated',
    routes: { port: 8082 },
    tls: { port: 8443, certificate: cert, key },
  },
  tracing: { enable_zipkin: false, enable_w3c: false },
  port: 80,
  index: 0,
  go_max_procs: -1,
  trace_key: 22,
  debug_addr: '127.0.0.1:17002',
  secure_cookies: false,
  sticky_session_cookie_names: ['JSESSIONID'],
  sticky_sessions_for_auth_negotiate: false,
  access_log: { file: '/var/vcap/sys/log/gorouter/access.log', enable_streaming: false },
  publish_start_message_interval: '30s',
  prune_stale_droplets_interval: '30s',
  droplet_stale_threshold: '120s',
  publish_active_apps_interval: '0s',
  suspend_pruning_if_nats_unavailable: true,
  route_latency_metric_muzzle_duration: '30s',
  frontend_idle_timeout: '900s',
  read_header_timeout: '0s',
  drain_wait: '20s',
  drain_timeout: '900s',
  healthcheck_user_agent: 'HTTP-Monitor/1.1',
  endpoint_timeout: '900s',
  http_1_endpoint_timeout: '0s',
  http_2_endpoint_timeout: '0s',
  endpoint_dial_timeout: '5s',
  websocket_dial_timeout: '5s',
  tls_handshake_timeout: '10s',
  start_response_delay_interval: '20s',
  load_balancer_healthy_threshold: '20s',
  balancing_algorithm: 'round-robin',
  balancing_algorithm_az_preference: 'none',
  only_trust_client_ca_certs: false,
  skip_ssl_validation: false,
  cipher_suites: 'ECDHE-RSA-AES128-GCM-SHA256:TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384',
  forwarded_client_cert: 'always_forward',
  isolation_segments: [],
  routing_table_sharding_mode: 'all',
  route_services_timeout: '60s',
  route_services_secret: '',
  route_services_secret_decrypt_only: '',
  route_services_recommend_https: true,
  route_services_hairpinning: false,
  route_services_internal_server_port: 7070,
  route_services_hairpinning_allowlist: [],
  extra_headers_to_log: [],
  max_request_header_bytes: 1_048_576,
  max_response_header_bytes: 0,
  max_request_headers: 0,
  max_response_headers: 0,
  token_fetcher_max_retries: 3,
  token_fetcher_retry_interval: '5s',
  token_fetcher_expiration_buffer_time: 30,
  enable_proxy: false,
  force_forwarded_proto_https: false,
  sanitize_forwarded_proto: false,
  hop_by_hop_headers_to_filter: ['X-Forwarded-For', 'X-Forwarded-Proto', 'B3', 'X-B3'],
  pid_file: '/var/vcap/sys/run/gorouter/gorouter.pid',
  ip_local_port_range: '1024 65535',
  empty_pool_response_code_503: true,
  empty_pool_timeout: '0s',
  enable_envelope_v1_metrics: true,
  per_request_metrics_reporting: true,
  per_app_prometheus_http_metrics_reporting: false,
  send_http_start_stop_server_event: true,
  send_http_start_stop_client_event: true,
  nats: { hosts: [{ hostname: 'q-s0.nats.internal', port: 4224 }], user: 'nats', pass: 'generated' },
  disable_keep_alives: false,
  max_idle_conns: 100,
  max_idle_conns_per_host: 100,
  endpoint_keep_alive_probe_interval: '1s',
  keep_alive_100_continue_requests: false,
  backends: { max_attempts: 3, max_conns: 500, ...noPair },
  route_services: {
    max_attempts: 3,
    ...noPair,
    strict_signature_validation: false,
    enable_websockets: true,
  },
  oauth: {
    token_endpoint: 'uaa.service.cf.internal',
    client_name: 'gorouter',
    client_secret: 'generated',
    port: 8443,
    skip_ssl_validation: false,
  },
  logging: {
    syslog: 'vcap.gorouter',
    syslog_truncate: 0,
    syslog_addr: 'localhost:514',
    syslog_network: 'udp',
    level: 'info',
    extra_access_log_fields: [],
    loggregator_enabled: true,
    metron_address: 'localhost:3457',
    disable_log_forwarded_for: false,
    disable_log_source_ip: false,
    redact_query_params: 'none',
    format: { timestamp: 'rfc3339' },
  },
  enable_ssl: false,
  disable_http: false,
  enable_http2: true,
  enable_http1_concurrent_read_write: false,
  ca_certs: [],
  html_error_template_file: null,
};

const TLS: Keys = {
  enable_ssl: true,
  tls_pem: [pair],
  client_cert_validation: 'request',
  min_tls_version: 'TLSv1.2',
  max_tls_version: 'TLSv1.2',
  ssl_port: 443,
  ca_certs: [authority.cert],
  client_ca_certs: `\n${authority.cert}`,
};

/** What that job wrote in 2024: other names, and defaults that were empty. */
const OF_2024: Keys = {
  ...without(DEFAULTS, ['http_1_endpoint_timeout', 'http_2_endpoint_timeout', 'max_request_header_bytes']),
  max_header_bytes: 65_536,
  logging: {
    ...(DEFAULTS['logging'] as Keys),
    syslog_network: '',
    syslog_addr: '',
    enable_attempts_details: true,
    format: { timestamp: '' },
  },
  prometheus: {
    port: 9102,
    cert_path: '/var/vcap/jobs/gorouter/config/certs/prometheus/prometheus.crt',
    key_path: '/var/vcap/jobs/gorouter/config/certs/prometheus/prometheus.key',
    ca_path: '/var/vcap/jobs/gorouter/config/certs/prometheus/prometheus_ca.crt',
  },
};

/** gorouter.yml as its BOSH job renders it, by what it is for: all of these gorouter starts with. */
export const GOROUTER_FILES: Readonly<Record<string, string>> = {
  'the defaults': rendered(DEFAULTS),
  'the defaults of 2024': rendered(OF_2024),
  'TLS with clients': rendered({ ...DEFAULTS, ...TLS }),
  'TLS alone, newest version, clients with certificates': rendered({
    ...DEFAULTS,
    ...TLS,
    disable_http: true,
    min_tls_version: 'TLSv1.3',
    max_tls_version: 'TLSv1.3',
    client_cert_validation: 'require',
    only_trust_client_ca_certs: true,
    client_ca_certs: authority.cert,
    forwarded_client_cert: 'sanitize_set',
    enable_verify_client_certificate_metadata: true,
    verify_client_certificate_metadata: [
      { issuer_in_chain: { common_name: 'Rendered CA' }, valid_cert_subjects: [{ common_name: 'a' }] },
    ],
  }),
  'NATS with mutual TLS': rendered({
    ...DEFAULTS,
    nats: { ...(DEFAULTS['nats'] as Keys), tls_enabled: true, ca_certs: authority.cert, ...pair },
  }),
  'the routing API and route services': rendered({
    ...DEFAULTS,
    routing_api: {
      uri: 'https://routing-api.service.cf.internal',
      port: 3001,
      auth_disabled: false,
      ca_certs: authority.cert,
      ...pair,
    },
    route_services_secret: 'generated',
    route_services_secret_decrypt_only: 'generated before',
    route_services_hairpinning: true,
    route_services_hairpinning_allowlist: ['*.apps.internal', 'one.example.test'],
    route_services: { ...(DEFAULTS['route_services'] as Keys), ...pair, strict_signature_validation: true },
    backends: { ...(DEFAULTS['backends'] as Keys), ...pair },
  }),
  'an isolation segment': rendered({
    ...DEFAULTS,
    isolation_segments: ['one', 22],
    routing_table_sharding_mode: 'segments',
  }),
  'scaled up: more connections, longer and endless requests, smaller headers': rendered({
    ...DEFAULTS,
    backends: { max_attempts: 5, max_conns: 0, ...noPair },
    max_idle_conns: 49_000,
    endpoint_timeout: '3600s',
    http_1_endpoint_timeout: '-1s',
    http_2_endpoint_timeout: '-1s',
    frontend_idle_timeout: '650s',
    drain_timeout: '3600s',
    max_request_header_bytes: 16_384,
    max_request_headers: 100,
    max_response_headers: 100,
    go_max_procs: 16,
  }),
  'scaled down: no kept connections, short times': rendered({
    ...without(DEFAULTS, ['max_idle_conns', 'max_idle_conns_per_host', 'endpoint_keep_alive_probe_interval']),
    disable_keep_alives: true,
    start_response_delay_interval: '0s',
    droplet_stale_threshold: '500ms',
    nats_client_ping_interval: '300ms',
    endpoint_timeout: '0s',
    drain_wait: '0s',
    drain_timeout: '0s',
  }),
  'everything that is watched': rendered({
    ...DEFAULTS,
    tracing: { enable_zipkin: true, enable_w3c: true, w3c_tenant_id: null },
    access_log: { file: '', enable_streaming: true },
    logging: {
      ...(DEFAULTS['logging'] as Keys),
      level: 'INFO',
      syslog_network: 'tcp',
      syslog_truncate: 2048,
      extra_access_log_fields: ['failed_attempts', 'dns_time', 'local_address'],
      redact_query_params: 'hash',
    },
    prometheus: { enabled: true, port: 9102, meters: { gorouter_time_histogram_buckets: [1, 2.5] } },
    per_app_prometheus_http_metrics_reporting: true,
    extra_headers_to_log: ['X-Request-Id'],
    http_rewrite: {
      responses: {
        add_headers_if_not_present: [{ name: 'Strict-Transport-Security', value: 'max-age=1' }],
        remove_headers: [{ name: 'X-Vcap-Request-Id' }],
      },
    },
    html_error_template_file: '/var/vcap/jobs/gorouter/config/error.html',
  }),
};

/** tcp_router.yml in the same way, with what stands for the files that it names. */
export function tcpRouterFiles(files: { ca: string; cert: string; key: string; pair: string }) {
  const defaults = `---
oauth:
  token_endpoint: uaa.service.cf.internal
  client_name: "tcp_router"
  client_secret: generated
  port: 8443
  skip_ssl_validation: false

  ca_certs: "${files.ca}"

routing_api:
  uri: https://routing-api.service.cf.internal
  port: 3001
  auth_disabled: false
  client_cert_path: "${files.cert}"
  ca_cert_path: "${files.ca}"
  client_private_key_path: "${files.key}"

haproxy_pid_file: "/var/vcap/data/tcp_router/config/haproxy.pid"
`;
  return {
    'the defaults': `${defaults}isolation_segments: []\nreserved_system_component_ports: []\ndrain_wait: 20s\n`,
    'of 2023': `${defaults}isolation_segments: []\nreserved_system_component_ports: [2822, 2825, 3457]\n`,
    'TLS with backends and clients': `${defaults}isolation_segments: []
reserved_system_component_ports: [2822, 2825]
drain_wait: -1s
backend_tls:
  enabled: true
  client_cert_and_key_path: "${files.pair}"
  ca_cert_path: "${files.ca}"
${stringify({ frontend_tls: [{ name: 'front_1', ...pair }] })}`,
    'isolation segments': `${defaults}isolation_segments: ["one", "two"]\nreserved_system_component_ports: [2822]\n`,
  };
}

/** Ruby's library indents lists less than this one and quotes otherwise; what it means is the same. */
function rendered(keys: Keys): string {
  return `---\n${stringify(keys, { indentSeq: false, lineWidth: 0 })}`;
}

function without(keys: Keys, names: readonly string[]): Keys {
  return Object.fromEntries(Object.entries(keys).filter(([key]) => !names.includes(key)));
}
