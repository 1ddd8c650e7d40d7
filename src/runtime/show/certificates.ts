import { X509Certificate } from 'node:crypto';

/** Whom it is shown to. */
export type CertificateUse = 'http' | 'tcp' | 'backends';

const DAY_MS = 86_400_000;
const NAMES = 20;

/** What a certificate says of itself. @param chain PEM, the certificate itself first @param now Unix milliseconds */
export function certificateJson(use: CertificateUse, chain: string, now: number): object {
  const certificate = new X509Certificate(chain);
  const ends = certificate.validToDate.getTime();
  return {
    for: use,
    names: (certificate.subjectAltName ?? '')
      .split(', ')
      .map((name) => name.replace(/^(?:DNS|IP Address):/, ''))
      .filter((name) => name !== '')
      .slice(0, NAMES),
    subject: certificate.subject?.replaceAll('\n', ', ') ?? '',
    issuer: certificate.issuer?.replaceAll('\n', ', ') ?? '',
    fingerprint_sha256: certificate.fingerprint256.replaceAll(':', '').toLowerCase(),
    not_before: certificate.validFromDate.toISOString(),
    not_after: certificate.validToDate.toISOString(),
    days_left: Math.floor((ends - now) / DAY_MS),
  };
}
