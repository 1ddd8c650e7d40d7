import type { DetailedPeerCertificate, PeerCertificate, TLSSocket } from 'node:tls';
import { distinguishedName, permits, type SubjectObject, type SubjectRule } from '../../tls/subject-rules.ts';
import type { ClientCertificate } from '../policy/client-certificate.ts';

/** What a client has proved in the handshake; `null` when it showed nothing, a text says why that is not good enough. */
export function provenCertificate(
  socket: TLSSocket,
  rules: readonly SubjectRule[],
): ClientCertificate | string | null {
  const shown = socket.getPeerX509Certificate();
  if (shown === undefined) return null;
  if (!socket.authorized) return String(socket.authorizationError);
  // A session is resumed only under the rules it was made under; its chain is not kept.
  if (rules.length > 0 && !socket.isSessionReused()) {
    const leaf = socket.getPeerCertificate(true);
    if (!permits(rules, nameOf(leaf), issuersOf(leaf).map(nameOf))) {
      return 'CLIENT_CERTIFICATE_SUBJECT_NOT_PERMITTED';
    }
  }
  const { subject } = shown.toLegacyObject();
  return { der: shown.raw, subject: distinguishedName(subject as unknown as SubjectObject) };
}

function nameOf(certificate: PeerCertificate) {
  return distinguishedName(certificate.subject as unknown as SubjectObject);
}

/** The chain above the leaf; a root is its own issuer. */
function issuersOf(leaf: DetailedPeerCertificate): DetailedPeerCertificate[] {
  const issuers: DetailedPeerCertificate[] = [];
  let next: DetailedPeerCertificate | undefined = leaf.issuerCertificate;
  while (next !== undefined && !issuers.includes(next)) {
    issuers.push(next);
    next = next.issuerCertificate as DetailedPeerCertificate | undefined;
  }
  return issuers;
}
