import { addressPart } from '../../telemetry/access-log-line.ts';
import {
  type ClientCertForwarding,
  type ClientCertificate,
  clientCertForwarding,
  type ForwardedClientCert,
} from './client-certificate.ts';
import { forwardedLines } from './request-lines.ts';

/** What is said of a client again and again. */
export interface ClientFacts {
  readonly ip: string;
  /** `ip:port` */
  readonly address: string;
  readonly scheme: 'http' | 'https';
  readonly certificate: ClientCertForwarding;
  /** Of an access-log line. */
  readonly logPart: string;
  /** What a request without forwarding headers of its own is given. */
  readonly forwardedLines: string;
}

interface Who {
  readonly ip: string;
  readonly port: number;
  readonly scheme: 'http' | 'https';
  readonly certificate: ClientCertificate | null;
}

interface Rules {
  readonly forwardedClientCert: ForwardedClientCert;
  readonly logSourceAddress: boolean;
}

/** Once per connection. */
export function clientFacts({ ip, port, scheme, certificate: shown }: Who, rules: Rules): ClientFacts {
  const address = `${ip}:${port}`;
  const certificate = clientCertForwarding(rules.forwardedClientCert, 'raw', shown);
  return {
    ip,
    address,
    scheme,
    certificate,
    logPart: addressPart(rules.logSourceAddress ? address : ''),
    forwardedLines: forwardedLines(ip, scheme) + certificate.line,
  };
}
