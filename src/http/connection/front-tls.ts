import { constants, createHash } from 'node:crypto';
import type { Socket } from 'node:net';
import {
  createServer,
  type DetailedPeerCertificate,
  type PeerCertificate,
  type SecureContextOptions,
  type SecureVersion,
  type Server,
  type TLSSocket,
} from 'node:tls';
import { systemCertificates } from '../../tls/connection/backend-trust.ts';
import { certificateContexts, type KeyPair } from '../../tls/connection/certificate-contexts.ts';
import { distinguishedName, permits, type SubjectObject, type SubjectRule } from '../../tls/subject-rules.ts';
import type { ClientCertificate } from '../policy/client-certificate.ts';

/** TLS with clients. Plain data: it crosses to the proxy threads as it is. */
export interface FrontTlsSettings {
  /** Whether clients may choose HTTP/2. */
  readonly http2: boolean;
  /** PEM, the first one for clients that name no host or one that no certificate is for. */
  readonly certificates: readonly KeyPair[];
  /** OpenSSL's list. */
  readonly ciphers: string;
  readonly minVersion: SecureVersion;
  readonly maxVersion: SecureVersion;
  readonly clientCertificates: 'none' | 'request' | 'require';
  /** PEM: who may have signed clients' certificates, and whether the system's authorities may too. */
  readonly clientCa: readonly string[];
  readonly trustSystemCa: boolean;
  readonly rules: readonly SubjectRule[];
  /** 48 bytes, the same on all threads, so that a session goes on wherever its client comes back to. */
  readonly ticketKeys: Uint8Array;
}

/** Versions before 1.2 need what OpenSSL has put below its first level of security. */
const OLD_VERSIONS: ReadonlySet<string> = new Set(['TLSv1', 'TLSv1.1']);
/** Seconds for which a session may be resumed. */
const SESSION_SECONDS = 3600;
/** What is spoken over TLS, the liked best first; a client that offers nothing of it is refused (RFC 7301 §3.2). */
const PROTOCOLS = ['http/1.1'];
const PROTOCOLS_WITH_HTTP_2 = ['h2', 'http/1.1'];
/** Above that of whoever calls: Node's own timer must not be first. */
const NODE_HANDSHAKE_MS = 120_000;

export interface FrontTlsEvents {
  onSecure(socket: TLSSocket, certificate: ClientCertificate | null): void;
  /** The connection is closed already, or about to be. `code`: OpenSSL's or the system's. */
  onRefused(code: string): void;
}

/** TLS with the clients of one thread, for connections that others accept. */
export class FrontTls {
  readonly #server: Server;
  readonly #rules: readonly SubjectRule[];
  readonly #events: FrontTlsEvents;

  /** @throws what OpenSSL has to say of certificates, keys and ciphers */
  constructor(settings: FrontTlsSettings, events: FrontTlsEvents) {
    this.#events = events;
    this.#rules = settings.rules;
    const shared = sharedOptions(settings);
    const [first] = settings.certificates;
    this.#server = createServer({
      ...shared,
      cert: first!.certChain,
      key: first!.privateKey,
      ALPNProtocols: settings.http2 ? PROTOCOLS_WITH_HTTP_2 : PROTOCOLS,
      SNICallback: certificateContexts(settings.certificates, shared),
      handshakeTimeout: NODE_HANDSHAKE_MS,
      requestCert: settings.clientCertificates !== 'none',
      // Whoever shows no certificate is refused by OpenSSL, whoever shows a bad one in `#onSecure` too.
      rejectUnauthorized: settings.clientCertificates === 'require',
    });
    this.#server.on('secureConnection', (socket) => this.#onSecure(socket));
    this.#server.on('tlsClientError', (error: NodeJS.ErrnoException, socket) => {
      socket.destroy();
      events.onRefused(error.code ?? error.message);
    });
  }

  /** `raw`: of which nothing has been read but what was put back. Its closing tells of a failure. */
  begin(raw: Socket): void {
    this.#server.emit('connection', raw);
  }

  #onSecure(socket: TLSSocket): void {
    // After the handshake Node leaves open what OpenSSL has given up.
    socket.on('error', () => socket.destroy());
    const shown = socket.getPeerX509Certificate();
    if (shown === undefined) {
      this.#events.onSecure(socket, null);
      return;
    }
    const flaw = this.#flaw(socket);
    if (flaw === null) {
      this.#events.onSecure(socket, { der: shown.raw, subject: rfc2253(shown.subject) });
      return;
    }
    socket.destroy();
    this.#events.onRefused(flaw);
  }

  /** Why a client's certificate is not good enough; `null` when it is. */
  #flaw(socket: TLSSocket): string | null {
    if (!socket.authorized) return String(socket.authorizationError);
    // A session is resumed only under the rules it was made under; its chain is not kept.
    if (this.#rules.length === 0 || socket.isSessionReused()) return null;
    const leaf = socket.getPeerCertificate(true);
    const permitted = permits(this.#rules, nameOf(leaf), issuersOf(leaf).map(nameOf));
    return permitted ? null : 'CLIENT_CERTIFICATE_SUBJECT_NOT_PERMITTED';
  }
}

function sharedOptions(settings: FrontTlsSettings): SecureContextOptions {
  const { minVersion, maxVersion, ciphers, clientCertificates, clientCa, trustSystemCa, rules } = settings;
  const asks = clientCertificates !== 'none';
  const policy = JSON.stringify([clientCertificates, clientCa, trustSystemCa, rules]);
  return {
    minVersion,
    maxVersion,
    ciphers: OLD_VERSIONS.has(minVersion) ? `${ciphers}:@SECLEVEL=0` : ciphers,
    honorCipherOrder: true,
    secureOptions: constants.SSL_OP_NO_RENEGOTIATION,
    ticketKeys: Buffer.from(settings.ticketKeys),
    sessionTimeout: SESSION_SECONDS,
    // What a client proved under other rules it has not proved under these.
    sessionIdContext: createHash('sha256').update(policy).digest('hex').slice(0, 32),
    ...(asks ? { ca: [...(trustSystemCa ? systemCertificates() : []), ...clientCa] } : {}),
  };
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

/** Node writes a line for each part, the outermost first. */
function rfc2253(subject: string): string {
  return subject.split('\n').reverse().join(',');
}
