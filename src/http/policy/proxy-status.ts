import type { FailureClass } from './failure.ts';
import type { ProxyError, RouterError } from './router-error.ts';

/** Of failures whose cause says no more. */
const BY_FAILURE: Readonly<Record<FailureClass, ProxyError>> = {
  dial: 'destination_unavailable',
  local: 'proxy_internal_error',
  'own-fault': 'proxy_internal_error',
  'not-tls': 'tls_protocol_error',
  'hostname-mismatch': 'tls_certificate_error',
  'untrusted-certificate': 'tls_certificate_error',
  'expired-certificate': 'tls_certificate_error',
  'certificate-refused': 'tls_alert_received',
  'handshake-refused': 'tls_alert_received',
  'handshake-reset': 'connection_terminated',
  'handshake-timeout': 'connection_timeout',
  'version-mismatch': 'tls_protocol_error',
  unsent: 'connection_terminated',
  'closed-early': 'connection_terminated',
  'reset-early': 'connection_terminated',
  timeout: 'http_response_timeout',
  malformed: 'http_protocol_error',
  truncated: 'http_response_incomplete',
};

/** By what the system says of a connection that could not be made. */
const BY_CODE: readonly (readonly [pattern: RegExp, error: ProxyError])[] = [
  [/ECONNREFUSED/, 'connection_refused'],
  [/EHOSTUNREACH|ENETUNREACH/, 'destination_ip_unroutable'],
  [/ENOTFOUND|EAI_|ENODATA|ESERVFAIL|EREFUSED/, 'dns_error'],
  [/timeout|ETIMEDOUT/, 'connection_timeout'],
  [/ECONNRESET/, 'connection_terminated'],
];

/** RFC 9209 §2.3. @param cause as in `X-Cf-RouterError` */
export function proxyErrorOf(failure: FailureClass, cause: string): ProxyError {
  if (failure === 'dial') {
    return BY_CODE.find(([pattern]) => pattern.test(cause))?.[1] ?? BY_FAILURE.dial;
  }
  if (failure === 'malformed' && /response headers/.test(cause)) return 'http_response_header_section_size';
  if (failure === 'malformed' && cause.startsWith('101 ')) return 'http_upgrade_failed';
  return BY_FAILURE[failure];
}

/** What is to be said of an attempt beside what went wrong. */
export interface NextHop {
  /** `host:port`; empty: nobody was asked. */
  readonly address: string;
  /** Of its response; 0: there was none. */
  readonly status: number;
}

/** The value of Proxy-Status. @param hop for those who may know inner addresses; null: for all others */
export function proxyStatus(error: RouterError | null, hop: NextHop | null): string {
  const parts = ['cellgate'];
  const type = error === null ? null : proxyErrorIn(error);
  if (type !== null) parts.push(`error=${type}`);
  if (hop !== null && hop.address !== '')
    parts.push(`next-hop="${hop.address.replace(/[^ !#-[\]-~]/g, '')}"`);
  if (hop !== null && hop.status > 0) parts.push(`received-status=${hop.status}`);
  return parts.join('; ');
}

/** The same answer with the line, where it is an error at all and the configuration wants it said. */
export function withProxyStatus(error: RouterError, wanted: { readonly proxyStatus: boolean }): RouterError {
  if (!wanted.proxyStatus || error.status < 400) return error;
  return { ...error, more: ['Proxy-Status', proxyStatus(error, null)] };
}

/** Null: it is no error. */
function proxyErrorIn({ proxyError, status }: RouterError): ProxyError | null {
  if (proxyError !== undefined) return proxyError;
  if (status < 400) return null;
  return status < 500 ? 'http_request_error' : 'http_request_denied';
}
