import { X509Certificate } from 'node:crypto';
import type { CertificateNames } from './certificate-choice.ts';
import { distinguishedName, type SubjectObject } from './subject-rules.ts';

/** `certChain`: PEM, the certificate itself first. @throws when it is none */
export function certificateNames(certChain: string): CertificateNames {
  const certificate = new X509Certificate(certChain);
  const { subject, subjectaltname = '' } = certificate.toLegacyObject();
  const dnsNames = subjectaltname
    .split(', ')
    .filter((name) => name.startsWith('DNS:'))
    .map((name) => name.slice(4));
  return { dnsNames, commonName: distinguishedName(subject as unknown as SubjectObject).commonName };
}
