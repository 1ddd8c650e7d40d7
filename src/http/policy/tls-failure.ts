import type { FailureClass } from './failure.ts';

/** Of a certificate whose time is over or has not come. */
const EXPIRED: ReadonlySet<string> = new Set(['CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID']);

/** OpenSSL's names of what a verification can find, as far as they do not begin like one of `UNTRUSTED_BEGINNINGS`. */
const UNTRUSTED: ReadonlySet<string> = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'HOSTNAME_MISMATCH',
  'INVALID_CA',
  'INVALID_PURPOSE',
  'PATH_LENGTH_EXCEEDED',
  'OUT_OF_MEM',
  'UNSPECIFIED',
]);
const UNTRUSTED_BEGINNINGS = ['CERT_', 'CRL_', 'UNABLE_TO_', 'ERROR_IN_CERT', 'ERROR_IN_CRL'];

/** Alerts by which a backend says that it does not take our certificate, or that there is none. */
const ABOUT_OUR_CERTIFICATE = [
  'ALERT_BAD_CERTIFICATE',
  'ALERT_UNKNOWN_CA',
  'ALERT_CERTIFICATE_REQUIRED',
  'ALERT_CERTIFICATE_EXPIRED',
  'ALERT_CERTIFICATE_REVOKED',
  'ALERT_CERTIFICATE_UNKNOWN',
  'ALERT_UNSUPPORTED_CERTIFICATE',
];

/** First records of a backend that answers something else than TLS. */
const NOT_TLS: ReadonlySet<string> = new Set([
  'ERR_SSL_WRONG_VERSION_NUMBER',
  'ERR_SSL_HTTP_REQUEST',
  'ERR_SSL_PACKET_LENGTH_TOO_LONG',
  'ERR_SSL_BAD_RECORD_TYPE',
]);

/** What a backend says to the versions it is offered, and what is said here to the one that it chooses. */
const VERSION_MISMATCH: ReadonlySet<string> = new Set([
  'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION',
  'ERR_SSL_UNSUPPORTED_PROTOCOL',
  'ERR_SSL_WRONG_SSL_VERSION',
]);

/** `code`: of an error on a connection to a backend whose TLS handshake was under way (docs/compatibility.md §2.6). */
export function tlsFailure(code: string): FailureClass {
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') return 'hostname-mismatch';
  if (EXPIRED.has(code)) return 'expired-certificate';
  if (UNTRUSTED.has(code) || UNTRUSTED_BEGINNINGS.some((beginning) => code.startsWith(beginning))) {
    return 'untrusted-certificate';
  }
  if (NOT_TLS.has(code)) return 'not-tls';
  if (VERSION_MISMATCH.has(code)) return 'version-mismatch';
  if (ABOUT_OUR_CERTIFICATE.some((alert) => code.endsWith(alert))) return 'certificate-refused';
  if (code === 'ECONNRESET') return 'handshake-reset';
  return 'handshake-refused';
}

/** Whether an error after the handshake still belongs to it: in TLS 1.3 our certificate is judged when we are done. */
export function refusesHandshakeLate(code: string): boolean {
  return code.startsWith('ERR_SSL_') && code.includes('_ALERT_');
}
