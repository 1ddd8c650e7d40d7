import { createHash } from 'node:crypto';
import type { DistinguishedName } from '../../tls/subject-rules.ts';
import { NO_LINES, type OwnLines, ownLines } from '../message/own-lines.ts';

/** `forwarded_client_cert` (docs/compatibility.md §3.6). */
export type ForwardedClientCert = 'always_forward' | 'forward' | 'sanitize_set';

/** What the configuration says about one of `domains`. */
export interface DomainRules {
  readonly name: string;
  readonly forwardedClientCert: ForwardedClientCert;
  readonly format: ClientCertFormat;
}

/** How `sanitize_set` writes the header: the bare certificate, or Envoy's fields. */
export type ClientCertFormat = 'raw' | 'envoy';

/** A client's certificate that has been verified. */
export interface ClientCertificate {
  readonly der: Buffer;
  readonly subject: DistinguishedName;
}

/** What becomes of X-Forwarded-Client-Cert on one connection. */
export interface ClientCertForwarding {
  /** Whether the client's own lines are dropped. */
  readonly drops: boolean;
  /** The router's own, or none. */
  readonly lines: OwnLines;
}

const UNTOUCHED: ClientCertForwarding = { drops: false, lines: NO_LINES };
const REMOVED: ClientCertForwarding = { drops: true, lines: NO_LINES };

/** `certificate`: `null` unless the client proved one on this connection. */
export function clientCertForwarding(
  mode: ForwardedClientCert,
  format: ClientCertFormat,
  certificate: ClientCertificate | null,
): ClientCertForwarding {
  if (mode === 'always_forward') return UNTOUCHED;
  if (certificate === null) return REMOVED;
  if (mode === 'forward') return UNTOUCHED;
  const value = format === 'raw' ? certificate.der.toString('base64') : envoyValue(certificate);
  return { drops: true, lines: ownLines('X-Forwarded-Client-Cert', value) };
}

/** Who says what a request says of its client (docs/compatibility.md §3.5, §3.6). */
export type Teller =
  /** The client's connection, here. */
  | 'connection'
  /** A router, on the way out to a route service that is an application here. The connection is the router's own. */
  | 'router'
  /** Somebody whom a router has given a signature, but not for this application. The connection may be a router's. */
  | 'unknown'
  /** A route service that brings the request back. */
  | 'service';

/** What becomes of the header where not the connection tells who the client is, or not it alone. */
export function toldClientCert(
  teller: Exclude<Teller, 'connection'>,
  { certMode, scheme, domain, certificate }: CertifiedClient,
): ClientCertForwarding {
  if (certMode === 'always_forward') return UNTOUCHED;
  switch (teller) {
    case 'service':
      return certMode === 'sanitize_set' && scheme === 'https' ? UNTOUCHED : REMOVED;
    case 'router':
      // In a domain nothing counts but what the connection has proved.
      return scheme === 'https' && domain === '' ? UNTOUCHED : certificate;
    case 'unknown':
      return certificate.lines === NO_LINES ? certificate : REMOVED;
  }
}

/** A client's connection, as far as certificates go. */
interface CertifiedClient {
  readonly certMode: ForwardedClientCert;
  readonly scheme: 'http' | 'https';
  readonly domain: string;
  readonly certificate: ClientCertForwarding;
}

function envoyValue({ der, subject }: ClientCertificate): string {
  const hash = createHash('sha256').update(der).digest('hex');
  return `Hash=${hash};Subject="${quotable(writtenSubject(subject))}"`;
}

/** As gorouter writes it: these parts, in this order. */
function writtenSubject(name: DistinguishedName): string {
  const parts: [key: string, values: readonly string[]][] = [
    ['CN', name.commonName === '' ? [] : [name.commonName]],
    ['OU', name.organizationalUnit],
    ['O', name.organization],
    ['L', name.locality],
    ['ST', name.province],
    ['C', name.country],
  ];
  return parts.flatMap(([key, values]) => values.map((value) => `${key}=${value}`)).join(',');
}

/** A certificate's names are free text: nothing in them ends the quotation or the line. */
function quotable(text: string): string {
  return text
    .replace(/["\\]/g, '\\$&')
    .replace(/[^\x20-\x7e]/g, (char) => encodeURIComponent(char.toWellFormed()));
}
