import type { SecureVersion } from 'node:tls';
import type { LoadBalancing } from '../routing/endpoint.ts';
import type { AttemptField } from '../telemetry/attempt-fields.ts';
import type { QueryRedaction } from '../telemetry/query-redaction.ts';
import type { BackendTlsSettings } from '../tls/connection/backend-trust.ts';
import type { KeyPair } from '../tls/connection/certificate-contexts.ts';
import type { SubjectRule } from '../tls/subject-rules.ts';
import type { HeadLimits } from './message/head-limits.ts';
import type { DomainRules, ForwardedClientCert } from './policy/client-certificate.ts';
import type { HeaderBounds } from './policy/header-size.ts';
import type { AnswerSettings } from './policy/router-answer.ts';
import type { StickySettings } from './policy/sticky.ts';
import type { Tracing } from './policy/trace.ts';

interface Http2Settings {
  /** `enable_http2`: whether endpoints registered for it are asked over HTTP/2, if the TLS handshake agrees. */
  readonly overTls: boolean;
  /** `cellgate.h2c_endpoints`: and those without TLS, unasked. */
  readonly inClear: boolean;
  /** `cellgate.h2c`: whether clients without TLS may just begin with it. */
  readonly priorKnowledge: boolean;
}

/** What the configuration says about route services (docs/compatibility.md §4). */
export interface RouteServiceSettings {
  /** Empty: no support for them. */
  readonly secret: string;
  /** The one before; empty: none. */
  readonly previousSecret: string;
  /** Milliseconds. */
  readonly timeout: number;
  readonly recommendHttps: boolean;
  readonly strict: boolean;
  readonly websockets: boolean;
  readonly maxAttempts: number;
  /** Hosts that are reached without leaving the router, empty: all that have routes; `null`: none. */
  readonly hairpinning: readonly string[] | null;
  readonly tls: BackendTlsSettings;
}

/** TLS with clients. Plain data: it crosses to the proxy threads as it is. */
export interface FrontTlsSettings {
  /** Whether clients may choose HTTP/2. */
  readonly http2: boolean;
  /** PEM, the first one for clients that name no host or one that no certificate is for. */
  readonly certificates: readonly KeyPair[];
  /** OpenSSL's list. */
  readonly ciphers: string;
  readonly minVersion: SecureVersion;
  readonly maxVersion: SecureVersion;
  readonly clientCertificates: 'none' | 'request' | 'require';
  /** PEM: who may have signed clients' certificates, and whether the system's authorities may too. */
  readonly clientCa: readonly string[];
  readonly trustSystemCa: boolean;
  readonly rules: readonly SubjectRule[];
  /** Whoever names a host of these must show a certificate that these have signed. PEM. */
  readonly domains: readonly { readonly name: string; readonly clientCa: string }[];
  /** 48 bytes, the same on all threads, so that a session goes on wherever its client comes back to. */
  readonly ticketKeys: Uint8Array;
}

/** What the configuration says about carrying HTTP. Plain data: it crosses to the proxy threads as it is. Times in ms, 0 is never. */
export interface HttpSettings extends AnswerSettings {
  /** Keys that the file has, of those by which a request may be limited; all others have their defaults. */
  readonly given: readonly string[];
  readonly requestHead: HeadLimits;
  readonly responseHead: HeadLimits;
  /** Nothing is answered within a body, so its trailers have no more room than the headers that are answered. */
  readonly requestTrailers: HeadLimits;
  /** A request beyond is answered, and logged with its application; one beyond `requestHead` is not even read. */
  readonly headerBounds: HeaderBounds;
  /** `http_1_endpoint_timeout`, or else `endpoint_timeout`: one attempt, from its first byte to the last of both bodies. */
  readonly endpointTimeout: number;
  /** `http_2_endpoint_timeout`, or else `endpoint_timeout`: of requests that came over HTTP/2. */
  readonly endpointTimeoutOverHttp2: number;
  readonly dialTimeout: number;
  /** `tls_handshake_timeout`: TLS with a backend, behind `dialTimeout`. */
  readonly handshakeTimeout: number;
  readonly backendTls: BackendTlsSettings;
  /** `null`: no TLS with clients. */
  readonly frontTls: FrontTlsSettings | null;
  /** `null`: none is looked for. */
  readonly proxyHeaders: ProxyHeaderSettings | null;
  /** For a client's PROXY header and for its TLS handshake, each. */
  readonly enteringTimeout: number;
  readonly forwardedClientCert: ForwardedClientCert;
  /** Hosts that are for clients with certificates alone. Names in lower case. */
  readonly domains: readonly DomainRules[];
  /** `frontend_idle_timeout`: a client connection between requests. */
  readonly downstreamIdleTimeout: number;
  /** `read_header_timeout`: from the first byte of a request head to its last. */
  readonly headTimeout: number;
  /** From the request sent to the first byte of the response. */
  readonly firstByteTimeout: number;
  /** While a client owes body bytes and sends none. */
  readonly requestIdleTimeout: number;
  /** While a backend owes body bytes and sends none. */
  readonly responseIdleTimeout: number;
  /** While a peer takes none of the bytes waiting for it. */
  readonly stalledWriteTimeout: number;
  /** While neither side of a tunnel sends anything. */
  readonly tunnelIdleTimeout: number;
  /** Client connections of this thread, in all and from one address; 0 is no limit. */
  readonly maxConnections: number;
  readonly maxConnectionsPerAddress: number;
  readonly maxAttempts: number;
  readonly backendKeepAlive: boolean;
  /** `keep_alive_100_continue_requests` */
  readonly keepAliveAfterContinue: boolean;
  /** `max_idle_conns_per_host`, in each proxy thread. */
  readonly maxIdlePerBackend: number;
  /** `endpoint_keep_alive_probe_interval`; 0 sends no probes. */
  readonly backendProbeInterval: number;
  /** `backends.max_conns`: requests that await a backend's response, over all threads; 0 is no limit. */
  readonly maxAwaitedPerBackend: number;
  /** `balancing_algorithm` */
  readonly loadBalancing: LoadBalancing;
  /** `hash_lookup_table_size` */
  readonly hashTableSize: number;
  /** The availability zone a first attempt prefers; empty is none. */
  readonly preferredZone: string;
  readonly sticky: StickySettings;
  readonly emptyPoolIs503: boolean;
  readonly forceForwardedProtoHttps: boolean;
  readonly sanitizeForwardedProto: boolean;
  /** `null`: requests get no headers for tracing. */
  readonly tracing: Tracing | null;
  /** `trace_key`: who sends it as X-Vcap-Trace is told about the routing. Empty: nobody. */
  readonly traceKey: string;
  /** `cellgate.debug_key`: whoever has a token of it is told how a request was answered. Empty: nobody is. */
  readonly debugKey: string;
  /** This router's address, to be told then. */
  readonly routerAddress: string;
  /** `healthcheck_user_agent`; empty: none. */
  readonly healthcheckUserAgent: string;
  /** Lower-case names a client cannot have removed by naming them in Connection. */
  readonly protectedNames: readonly string[];
  /** Seconds a backend counts as failed after a connection to it could not be made. */
  readonly failureMarkSeconds: number;
  /** `publish_active_apps_interval`: whether to remember which applications had requests. */
  readonly countsActiveApps: boolean;
  readonly http2: Http2Settings;
  readonly routeServices: RouteServiceSettings;
  readonly logForwardedFor: boolean;
  readonly logSourceAddress: boolean;
  readonly accessLog: AccessLogSettings;
}

/** What the access log tells beside what it always tells. */
export interface AccessLogSettings {
  readonly format: 'gorouter' | 'json';
  readonly redactQuery: QueryRedaction;
  readonly attemptFields: readonly AttemptField[];
  /** Names of request headers. */
  readonly headers: readonly string[];
}

interface ProxyHeaderSettings {
  /** Addresses and CIDR ranges of those who must send one. Empty: anybody may, and need not. */
  readonly trusted: readonly string[];
}
