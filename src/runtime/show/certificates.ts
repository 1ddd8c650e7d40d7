import { X509Certificate } from 'node:crypto';

/** Whom it is shown to. */
export type CertificateUse = 'http' | 'tcp' | 'backends';

const DAY_MS = 86_400_000;
const NAMES = 20;

/** A certificate that the router shows to somebody. */
export interface ShownCertificate {
  readonly use: CertificateUse;
  readonly certificate: X509Certificate;
}

/** @param chain PEM, the certificate itself first */
export function shownCertificate(use: CertificateUse, chain: string): ShownCertificate {
  return { use, certificate: new X509Certificate(chain) };
}

/** The first few, as clients ask for them. */
export function namesOf({ certificate }: ShownCertificate): string[] {
  return (certificate.subjectAltName ?? '')
    .split(', ')
    .map((name) => name.replace(/^(?:DNS|IP Address):/, ''))
    .filter((name) => name !== '')
    .slice(0, NAMES);
}

/** What a certificate says of itself. @param now Unix milliseconds */
export function certificateJson(shown: ShownCertificate, now: number): object {
  const { use, certificate } = shown;
  const ends = certificate.validToDate.getTime();
  return {
    for: use,
    names: namesOf(shown),
    subject: certificate.subject?.replaceAll('\n', ', ') ?? '',
    issuer: certificate.issuer?.replaceAll('\n', ', ') ?? '',
    fingerprint_sha256: certificate.fingerprint256.replaceAll(':', '').toLowerCase(),
    not_before: certificate.validFromDate.toISOString(),
    not_after: certificate.validToDate.toISOString(),
    days_left: Math.floor((ends - now) / DAY_MS),
  };
}
