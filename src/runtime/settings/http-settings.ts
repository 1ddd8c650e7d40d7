import { randomBytes } from 'node:crypto';
import { networkInterfaces } from 'node:os';
import { localAddress } from '../../bus/start-message.ts';
import type { GivenKeys } from '../../config/given-keys.ts';
import type { Config } from '../../config/schema.ts';
import { KEYS_OF_LIMITS } from '../../http/explain/limits.ts';
import { responseRewrite } from '../../http/policy/response-rewrite.ts';
import type { Sampling } from '../../http/policy/sampling.ts';
import type { Tracing } from '../../http/policy/trace.ts';
import type { AccessLogSettings, HttpSettings } from '../../http/settings.ts';
import type { Template } from '../../http/template/template.ts';
import { ATTEMPTS_DETAILS, attemptFields } from '../../telemetry/attempt-fields.ts';
import { backendTlsSettings, domainRules, frontTlsSettings, serviceTlsSettings } from './tls-settings.ts';

/** Bounds that gorouter does not have: no sane message comes near, and memory must have a limit. */
const MAX_FIELDS = 1000;
const MAX_REQUEST_HEAD_BYTES = 1024 * 1024 + 4096;
const MAX_TARGET_BYTES = 64 * 1024;
/** gorouter's own default, 0, lets a client hold a connection with half a head for ever. */
const DEFAULT_HEAD_TIMEOUT_MS = 60_000;
/** A client may be slow, but not for long: gorouter waits 100 ms for a PROXY header, and for ever for TLS. */
const ENTERING_TIMEOUT_MS = 10_000;
/** Of the keys under which TLS sessions are resumed. */
export const TICKET_KEYS_BYTES = 48;
/** Survive being named in Connection, whatever the configuration adds: others trace and time a request by them. */
const ALWAYS_PROTECTED = ['traceparent', 'tracestate', 'x-request-id', 'x-request-start'];

/** What the log tells of a trace (docs/compatibility.md §6.6). */
const ZIPKIN_HEADERS = ['X-B3-TraceId', 'X-B3-SpanId', 'X-B3-ParentSpanId', 'b3'];
const W3C_HEADERS = ['traceparent', 'tracestate'];

/**
 * What the configuration means for carrying HTTP. `errorPage`: what `html_error_template_file` holds. `sampling`: which
 * requests become spans. @throws {StartError}
 */
export function httpSettings(
  config: Config,
  errorPage: Template | null = null,
  ticketKeys: Uint8Array = randomBytes(TICKET_KEYS_BYTES),
  given: GivenKeys = new Set(),
  sampling: Sampling | null = null,
): HttpSettings {
  const { http_rewrite: rewrite } = config;
  return {
    given: KEYS_OF_LIMITS.filter((key) => given.has(key) && counts(key, config)),
    requestHead: {
      bytes: MAX_REQUEST_HEAD_BYTES,
      // Host is not among the headers that the key counts.
      fields: Math.max(config.max_request_headers + 1, MAX_FIELDS),
      target: MAX_TARGET_BYTES,
    },
    requestTrailers: {
      bytes: config.max_request_header_bytes,
      fields: config.max_request_headers || MAX_FIELDS,
      target: 0,
    },
    headerBounds: {
      bytes: config.max_request_header_bytes,
      fields: config.max_request_headers || MAX_FIELDS,
    },
    responseHead: {
      bytes: config.max_response_header_bytes,
      fields: config.max_response_headers || MAX_FIELDS,
      target: 0,
    },
    endpointTimeout: config.http_1_endpoint_timeout,
    endpointTimeoutOverHttp2: config.http_2_endpoint_timeout,
    dialTimeout: config.endpoint_dial_timeout,
    handshakeTimeout: config.tls_handshake_timeout,
    frontTls: frontTlsSettings(config, ticketKeys),
    proxyHeaders: config.enable_proxy ? { trusted: config.cellgate.trusted_proxies } : null,
    enteringTimeout: ENTERING_TIMEOUT_MS,
    forwardedClientCert: config.forwarded_client_cert,
    domains: domainRules(config),
    backendTls: backendTlsSettings(config),
    downstreamIdleTimeout: config.frontend_idle_timeout,
    headTimeout: config.read_header_timeout || DEFAULT_HEAD_TIMEOUT_MS,
    firstByteTimeout: config.cellgate.first_byte_timeout,
    requestIdleTimeout: config.cellgate.request_idle_timeout,
    responseIdleTimeout: config.cellgate.response_idle_timeout,
    stalledWriteTimeout: config.cellgate.stalled_write_timeout,
    tunnelIdleTimeout: config.cellgate.tunnel_idle_timeout,
    maxConnections: perThread(config.cellgate.max_connections, config),
    maxConnectionsPerAddress: perThread(config.cellgate.max_connections_per_address, config),
    maxAttempts: config.backends.max_attempts,
    backendKeepAlive: !config.disable_keep_alives,
    keepAliveAfterContinue: config.keep_alive_100_continue_requests,
    maxIdlePerBackend: config.max_idle_conns_per_host,
    backendProbeInterval: config.endpoint_keep_alive_probe_interval,
    maxAwaitedPerBackend: config.backends.max_conns,
    hashTableSize: config.hash_lookup_table_size,
    loadBalancing: config.balancing_algorithm,
    preferredZone: config.balancing_algorithm_az_preference === 'none' ? '' : config.zone,
    sticky: {
      cookieNames: config.sticky_session_cookie_names,
      forNegotiate: config.sticky_sessions_for_auth_negotiate,
      secure: config.secure_cookies,
    },
    emptyPoolIs503: config.empty_pool_response_code_503,
    forceForwardedProtoHttps: config.force_forwarded_proto_https,
    sanitizeForwardedProto: config.sanitize_forwarded_proto,
    tracing: tracingSettings(config, sampling),
    traceKey: config.trace_key,
    debugKey: config.cellgate.debug_key,
    routerAddress: localAddress(networkInterfaces()),
    healthcheckUserAgent: config.healthcheck_user_agent,
    errorPage,
    proxyStatus: config.cellgate.proxy_status,
    responseRewrite: responseRewrite(
      rewrite.responses.remove_headers,
      rewrite.responses.add_headers_if_not_present,
    ),
    protectedNames: [
      ...ALWAYS_PROTECTED,
      ...config.hop_by_hop_headers_to_filter.map((name) => name.toLowerCase()),
    ],
    failureMarkSeconds: Math.ceil(config.droplet_stale_threshold / 4000),
    countsActiveApps: config.publish_active_apps_interval > 0,
    http2: {
      priorKnowledge: config.cellgate.h2c,
      overTls: config.enable_http2,
      inClear: config.cellgate.h2c_endpoints && config.enable_http2,
    },
    routeServices: {
      secret: config.route_services_secret,
      previousSecret: config.route_services_secret_decrypt_only,
      timeout: config.route_services_timeout,
      recommendHttps: config.route_services_recommend_https,
      strict: config.route_services.strict_signature_validation,
      websockets: config.route_services.enable_websockets,
      // gorouter's own default, 0, would fail every request (docs/compatibility.md §4.6).
      maxAttempts: config.route_services.max_attempts || 1,
      hairpinning: config.route_services_hairpinning ? config.route_services_hairpinning_allowlist : null,
      tls: serviceTlsSettings(config),
    },
    logForwardedFor: !config.logging.disable_log_forwarded_for,
    logSourceAddress: !config.logging.disable_log_source_ip,
    accessLog: accessLogSettings(config),
  };
}

function tracingSettings({ tracing }: Config, sampling: Sampling | null): Tracing | null {
  const { enable_zipkin: b3, enable_w3c: w3c, w3c_tenant_id: tenant } = tracing;
  return b3 || w3c || sampling !== null ? { b3, w3c, tenant, sampling } : null;
}

function accessLogSettings({ logging, extra_headers_to_log, tracing, cellgate }: Config): AccessLogSettings {
  const older = logging.enable_attempts_details ? ATTEMPTS_DETAILS : [];
  return {
    format: cellgate.access_log_format,
    redactQuery: logging.redact_query_params,
    attemptFields: attemptFields([...older, ...logging.extra_access_log_fields]),
    headers: [
      // A token of it may be in force.
      ...extra_headers_to_log.filter((name) => name.toLowerCase() !== 'x-cellgate-debug'),
      ...(tracing.enable_zipkin ? ZIPKIN_HEADERS : []),
      ...(tracing.enable_w3c ? W3C_HEADERS : []),
    ],
  };
}

/** An endpoint outlives the gathering of routes: the longer of the two is how long it stays, and is passed over by. */
function counts(key: string, config: Config): boolean {
  const { start_response_delay_interval: start, droplet_stale_threshold: stale } = config;
  return key !== 'start_response_delay_interval' || start >= stale;
}

/** Connections are spread evenly, so each thread guards its share. */
function perThread(limit: number, config: Config): number {
  return Math.ceil(limit / config.cellgate.proxy_threads);
}
