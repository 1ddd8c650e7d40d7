import type { z } from 'zod';
import type { fileSchema } from './schema.ts';

type Defaults = z.input<typeof fileSchema>;

/** What an operator wants: the defaults of gorouter's BOSH job where they differ from gorouter's own. */
export const recommended = {
  status: {
    host: '0.0.0.0',
    port: 8080,
    enable_nontls_health_checks: true,
    user: '',
    pass: '',
    routes: { port: 8082 },
  },
  nats: { hosts: [], user: '', pass: '' },
  nats_client_ping_interval: '20s',
  logging: {
    level: 'info',
    syslog: '',
    format: { timestamp: 'rfc3339' },
    disable_log_forwarded_for: false,
    disable_log_source_ip: false,
  },
  port: 8081,
  index: 0,
  prometheus: { enabled: false, port: 0 },
  access_log: { file: '' },
  start_response_delay_interval: '5s',
  droplet_stale_threshold: '120s',
  prune_stale_droplets_interval: '30s',
  suspend_pruning_if_nats_unavailable: true,
  endpoint_timeout: '900s',
  endpoint_dial_timeout: '5s',
  frontend_idle_timeout: '900s',
  read_header_timeout: '0s',
  drain_wait: '20s',
  balancing_algorithm: 'round-robin',
  disable_keep_alives: false,
  max_idle_conns_per_host: 100,
  backends: { max_attempts: 3 },
  empty_pool_response_code_503: true,
  empty_pool_timeout: '0s',
  force_forwarded_proto_https: false,
  sanitize_forwarded_proto: false,
  max_request_header_bytes: 1_048_576,
  max_request_headers: 0,
  max_response_header_bytes: 0,
  max_response_headers: 0,
  hop_by_hop_headers_to_filter: [
    'X-Forwarded-For',
    'X-Forwarded-Proto',
    'B3',
    'X-B3',
    'X-B3-SpanID',
    'X-B3-TraceID',
    'X-Request-Start',
    'X-Forwarded-Client-Cert',
  ],
  routing_table_sharding_mode: 'all',
  isolation_segments: [],
  cellgate: {
    listen_host: '0.0.0.0',
    first_byte_timeout: '0s',
    request_idle_timeout: '60s',
    response_idle_timeout: '0s',
    stalled_write_timeout: '120s',
    tunnel_idle_timeout: '0s',
    max_connections_per_address: 0,
    bus: { host: '127.0.0.1', port: 4222 },
  },
} satisfies Defaults;

/** What changes without a configuration file: a try on a laptop, open to nobody else and ready at once. */
export const withoutFile = {
  status: { host: '127.0.0.1' },
  start_response_delay_interval: '0s',
  cellgate: { listen_host: '127.0.0.1' },
};

/** `upper` laid over `lower`, mapping by mapping. A null leaves what is below it, as in Go. */
export function overlay(lower: unknown, upper: unknown): unknown {
  if (upper === null || upper === undefined) return lower;
  if (!isMapping(lower) || !isMapping(upper)) return upper;
  const laid = Object.entries(upper).map(([key, value]) => [
    key,
    overlay(Object.hasOwn(lower, key) ? lower[key] : undefined, value),
  ]);
  return { ...lower, ...Object.fromEntries(laid) };
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
