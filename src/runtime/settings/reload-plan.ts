import type { GivenKeys } from '../../config/given-keys.ts';
import type { Config } from '../../config/schema.ts';

/** Keys that take effect while the router runs. A mapping stands for all below it. */
const RELOADABLE: ReadonlySet<string> = new Set([
  'logging.level',
  'backends.max_attempts',
  'disable_keep_alives',
  'drain_timeout',
  'drain_wait',
  'endpoint_dial_timeout',
  'endpoint_timeout',
  'force_forwarded_proto_https',
  'frontend_idle_timeout',
  'hop_by_hop_headers_to_filter',
  'http_1_endpoint_timeout',
  'http_2_endpoint_timeout',
  'max_idle_conns',
  'max_idle_conns_per_host',
  'max_header_bytes',
  'healthcheck_user_agent',
  'http_rewrite',
  'keep_alive_100_continue_requests',
  'max_request_header_bytes',
  'max_request_headers',
  'max_response_header_bytes',
  'max_response_headers',
  'read_header_timeout',
  'sanitize_forwarded_proto',
  'trace_key',
  'tracing',
  'tls_handshake_timeout',
  'backends.cert_chain',
  'backends.private_key',
  'ca_certs',
  'cipher_suites',
  'client_ca_certs',
  'client_cert_validation',
  'domains',
  'enable_verify_client_certificate_metadata',
  'forwarded_client_cert',
  'max_tls_version',
  'min_tls_version',
  'only_trust_client_ca_certs',
  'tls_handshake_timeout',
  'tls_pem',
  'verify_client_certificate_metadata',
  'cellgate.debug_key',
  'cellgate.first_byte_timeout',
  'cellgate.max_connections',
  'cellgate.max_connections_per_address',
  'cellgate.metrics.apps',
  'cellgate.metrics.busiest_apps',
  'cellgate.proxy_status',
  'cellgate.request_idle_timeout',
  'cellgate.response_idle_timeout',
  'cellgate.stalled_write_timeout',
  'cellgate.tcp.backend_tls.ca_certs',
  'cellgate.tcp.backend_tls.cert_chain',
  'cellgate.tcp.backend_tls.private_key',
  'cellgate.tcp.frontend_tls',
  'cellgate.tunnel_idle_timeout',
]);

export interface ReloadPlan {
  /** The present configuration with what can change now changed. */
  readonly config: Config;
  /** Dotted names of the keys that change now, and of those that wait for a restart. */
  readonly applied: readonly string[];
  readonly waiting: readonly string[];
}

type Mapping = Readonly<Record<string, unknown>>;

/** Keys that are given once it was done: of what waits for a restart those of before. */
export function givenAfter(before: GivenKeys, next: GivenKeys, waiting: readonly string[]): GivenKeys {
  const waits = (key: string): boolean => waiting.some((each) => key === each || key.startsWith(`${each}.`));
  return new Set([...[...next].filter((key) => !waits(key)), ...[...before].filter(waits)]);
}

/** What becomes of a new configuration while the router runs. */
export function reloadPlan(current: Config, next: Config): ReloadPlan {
  const applied: string[] = [];
  const waiting: string[] = [];
  const merge = (before: Mapping, after: Mapping, above: string): Mapping => {
    const merged: Record<string, unknown> = {};
    for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
      const path = above + key;
      const [old, fresh] = [before[key], after[key]];
      if (isMapping(old) && isMapping(fresh) && !RELOADABLE.has(path)) {
        merged[key] = merge(old, fresh, `${path}.`);
      } else if (JSON.stringify(old) === JSON.stringify(fresh)) {
        merged[key] = old;
      } else {
        const now = RELOADABLE.has(path);
        merged[key] = now ? fresh : old;
        (now ? applied : waiting).push(path);
      }
    }
    return merged;
  };
  return { config: merge(current, next, '') as Config, applied: applied.sort(), waiting: waiting.sort() };
}

function isMapping(value: unknown): value is Mapping {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
