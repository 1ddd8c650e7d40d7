import { hostPort } from '../../address/host-port.ts';
import { addressPart } from '../../telemetry/access-log-line.ts';
import { NO_LINES, type OwnLines, ownLines } from '../message/own-lines.ts';
import {
  type ClientCertForwarding,
  type ClientCertificate,
  clientCertForwarding,
  type DomainRules,
  type ForwardedClientCert,
} from './client-certificate.ts';
import { type Caller, callerOf } from './route-policy.ts';

/** What is said of a client again and again. */
export interface ClientFacts {
  readonly ip: string;
  /** `ip:port` */
  readonly address: string;
  readonly scheme: 'http' | 'https';
  readonly certificate: ClientCertForwarding;
  /** `forwarded_client_cert`, of the client's domain where it is in one. */
  readonly certMode: ForwardedClientCert;
  /** The host named in the TLS handshake; empty: none. */
  readonly serverName: string;
  /** The domain whose rules for client certificates the connection has met; empty: none. */
  readonly domain: string;
  /** What calls, in a domain. */
  readonly caller: Caller | null;
  /** Of an access-log line. */
  readonly logPart: string;
  /** What a request without forwarding headers of its own is given. */
  readonly forwardedLines: OwnLines;
}

interface Who {
  readonly ip: string;
  readonly port: number;
  readonly scheme: 'http' | 'https';
  readonly certificate: ClientCertificate | null;
  readonly serverName: string;
  readonly domain: string;
}

interface Rules {
  readonly forwardedClientCert: ForwardedClientCert;
  readonly domains: readonly DomainRules[];
  readonly logSourceAddress: boolean;
}

/** Once per connection. */
export function clientFacts(who: Who, rules: Rules): ClientFacts {
  const { ip, port, scheme, certificate: shown, serverName, domain } = who;
  const address = hostPort(ip, port);
  const own = domain === '' ? undefined : rules.domains.find(({ name }) => name === domain);
  const certMode = own?.forwardedClientCert ?? rules.forwardedClientCert;
  const certificate = clientCertForwarding(certMode, own?.format ?? 'raw', shown);
  return {
    ip,
    address,
    scheme,
    certificate,
    certMode,
    serverName,
    domain,
    caller: domain === '' || shown === null ? null : callerOf(shown.subject.organizationalUnit),
    logPart: addressPart(rules.logSourceAddress ? address : ''),
    forwardedLines: forwardedLines(ip, scheme, certificate.lines),
  };
}

function forwardedLines(ip: string, scheme: string, certificate: OwnLines): OwnLines {
  if (certificate === NO_LINES) return ownLines('X-Forwarded-For', ip, 'X-Forwarded-Proto', scheme);
  return ownLines('X-Forwarded-For', ip, 'X-Forwarded-Proto', scheme, ...certificate.fields);
}
