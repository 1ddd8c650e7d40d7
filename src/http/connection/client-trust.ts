import { createHash, hkdfSync } from 'node:crypto';
import { systemCertificates } from '../../tls/connection/backend-trust.ts';
import type { SubjectRule } from '../../tls/subject-rules.ts';
import type { FrontTlsSettings } from '../settings.ts';

/** Which clients one of the TLS servers lets in, and what keeps its sessions apart from those of the others. */
export interface ClientTrust {
  /** The domain whose clients it is for (`domains`); empty: all others. */
  readonly domain: string;
  readonly asks: FrontTlsSettings['clientCertificates'];
  /** PEM. */
  readonly ca: readonly string[];
  readonly rules: readonly SubjectRule[];
  readonly sessionIdContext: string;
  readonly ticketKeys: Buffer;
}

/** For clients of no domain. */
export function commonTrust(settings: FrontTlsSettings): ClientTrust {
  const { clientCertificates, clientCa, trustSystemCa, rules, ticketKeys } = settings;
  return {
    domain: '',
    asks: clientCertificates,
    ca: clientCertificates === 'none' ? [] : [...(trustSystemCa ? systemCertificates() : []), ...clientCa],
    rules,
    // What a client proved under other rules it has not proved under these.
    sessionIdContext: digest([clientCertificates, clientCa, trustSystemCa, rules])
      .toString('hex')
      .slice(0, 32),
    ticketKeys: Buffer.from(ticketKeys),
  };
}

/**
 * For the clients of each domain: a certificate of its own authorities, and of nobody else. Tickets are sealed with
 * keys of the domain's own, so that nobody takes a session, and with it an identity, from one domain to another.
 */
export function domainTrusts({ domains, rules, ticketKeys }: FrontTlsSettings): ClientTrust[] {
  return domains.map(({ name, clientCa }) => {
    const policy = digest([name, clientCa, rules]);
    return {
      domain: name,
      asks: 'require',
      ca: [clientCa],
      rules,
      sessionIdContext: policy.toString('hex').slice(0, 32),
      ticketKeys: Buffer.from(hkdfSync('sha256', ticketKeys, policy, 'domain', ticketKeys.length)),
    };
  });
}

function digest(policy: unknown): Buffer {
  return createHash('sha256').update(JSON.stringify(policy)).digest();
}
