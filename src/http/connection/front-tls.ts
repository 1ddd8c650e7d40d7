import { constants } from 'node:crypto';
import type { Socket } from 'node:net';
import { createServer, type SecureContextOptions, type Server, type TLSSocket } from 'node:tls';
import { contain } from '../../boundary/boundary.ts';
import { on } from '../../boundary/events.ts';
import type { Owner } from '../../boundary/owner.ts';
import { soon } from '../../boundary/timers.ts';
import { forgetWhenClosed } from '../../network/forget-when-closed.ts';
import { ciphersFor } from '../../tls/cipher-suites.ts';
import { certificateContexts } from '../../tls/connection/certificate-contexts.ts';
import { HandshakeScope } from '../../tls/connection/handshake-scope.ts';
import { DomainNames } from '../../tls/domain-names.ts';
import type { ClientCertificate } from '../policy/client-certificate.ts';
import type { FrontTlsSettings } from '../settings.ts';
import { type ClientTrust, commonTrust, domainTrusts } from './client-trust.ts';
import { provenCertificate } from './proven-certificate.ts';
import { takeServerName } from './server-name-reader.ts';
import { ownerOf } from './socket-owner.ts';

/** Seconds for which a session may be resumed. */
const SESSION_SECONDS = 3600;
/** What is spoken over TLS, the liked best first; a client that offers nothing of it is refused (RFC 7301 §3.2). */
const PROTOCOLS = ['h2', 'http/1.1'];
/** Above that of whoever calls: Node's own timer must not be first. */
const NODE_HANDSHAKE_MS = 120_000;

/** What is told of it concerns one connection, which has a deadline. */
const HANDSHAKE: Owner = { kind: 'connection', panic() {} };

/** A connection whose handshake is done. */
export interface Secured<Handshake> {
  readonly handshake: Handshake;
  readonly socket: TLSSocket;
  readonly certificate: ClientCertificate | null;
  /** The domain for whose clients the handshake was; empty: none. */
  readonly domain: string;
}

export interface FrontTlsEvents<Handshake> {
  onSecure(secured: Secured<Handshake>): void;
  /**
   * The connection is about to be closed, or is. `code`: OpenSSL's or the system's. `handshake`: undefined where it is no longer
   * known, which is when the connection has closed.
   */
  onRefused(handshake: Handshake | undefined, code: string, socket: TLSSocket): void;
}

/** TLS with the clients of one thread, for connections that others accept. `Handshake`: what they know of one. */
export class FrontTls<Handshake> {
  readonly #events: FrontTlsEvents<Handshake>;
  readonly #scope = new HandshakeScope<Handshake>();
  readonly #common: Server;
  readonly #domainNames: DomainNames;
  /** By domain. Node asks a server's clients for certificates, or it does not, whatever host they name. */
  readonly #servers: ReadonlyMap<string, Server>;

  /** @throws what OpenSSL has to say of certificates, keys and ciphers */
  constructor(settings: FrontTlsSettings, events: FrontTlsEvents<Handshake>) {
    this.#events = events;
    this.#domainNames = new DomainNames(settings.domains.map(({ name }) => name));
    this.#common = this.#serverFor(settings, commonTrust(settings));
    this.#servers = new Map(
      domainTrusts(settings).map((trust) => [trust.domain, this.#serverFor(settings, trust)]),
    );
  }

  /** `raw`: of which nothing has been read but what was put back. Its closing tells of a failure. */
  begin(raw: Socket, handshake: Handshake): void {
    if (this.#servers.size === 0) {
      this.#scope.begin(this.#common, raw, handshake);
      return;
    }
    takeServerName(raw, (name) => {
      const server = this.#servers.get(this.#domainNames.of(name)) ?? this.#common;
      this.#scope.begin(server, raw, handshake);
    });
  }

  #serverFor(settings: FrontTlsSettings, trust: ClientTrust): Server {
    const server = createServer({
      ...serverOptions(settings, trust),
      // Where there is no choice none is offered: as by gorouter, whoever wants something else is told so in HTTP/1.1.
      ...(settings.http2 ? { ALPNProtocols: PROTOCOLS } : {}),
      handshakeTimeout: NODE_HANDSHAKE_MS,
      requestCert: trust.asks !== 'none',
      // Whoever shows no certificate is refused by OpenSSL, whoever shows a bad one in `#onSecure` too.
      rejectUnauthorized: trust.asks === 'require',
    });
    on(server, 'secureConnection', HANDSHAKE, (socket: TLSSocket) =>
      contain(inHandshake(socket), () => this.#onSecure(this.#scope.take()!, socket, trust)),
    );
    on(server, 'tlsClientError', HANDSHAKE, (error: NodeJS.ErrnoException, socket: TLSSocket) => {
      this.#events.onRefused(this.#scope.take(), error.code ?? error.message, socket);
      socket.destroy();
    });
    return server;
  }

  #onSecure(handshake: Handshake, socket: TLSSocket, { domain, rules }: ClientTrust): void {
    // After the handshake Node leaves open what OpenSSL has given up.
    const owner = ownerOf(socket);
    on(socket, 'error', owner, () => socket.destroy());
    forgetWhenClosed(socket, owner);
    const certificate = provenCertificate(socket, rules);
    // In a domain OpenSSL lets nobody through without one; nobody is let through here either.
    const flaw = certificate ?? (domain === '' ? null : 'CLIENT_CERTIFICATE_MISSING');
    if (typeof flaw !== 'string') {
      this.#events.onSecure({ handshake, socket, certificate: flaw, domain });
      return;
    }
    destroySoon(socket);
    this.#events.onRefused(handshake, flaw, socket);
  }
}

/** Who is given up for a connection while OpenSSL is still at work on it. */
function inHandshake(socket: TLSSocket): Owner {
  return { kind: 'connection', panic: () => destroySoon(socket) };
}

/** Not within the event, see `cut`. */
function destroySoon(socket: TLSSocket): void {
  soon(ownerOf(socket), () => socket.destroy());
}

/** Certificates by name, and what may be done with them. */
function serverOptions(settings: FrontTlsSettings, trust: ClientTrust) {
  const shared = sharedOptions(settings, trust);
  const [first] = settings.certificates;
  const only = { ...shared, cert: first!.certChain, key: first!.privateKey };
  // Where there is no choice the handshake need not wait for one.
  if (settings.certificates.length === 1) return only;
  return { ...only, SNICallback: certificateContexts(settings.certificates, shared) };
}

function sharedOptions(settings: FrontTlsSettings, trust: ClientTrust): SecureContextOptions {
  const { minVersion, maxVersion, ciphers } = settings;
  return {
    minVersion,
    maxVersion,
    ciphers: ciphersFor(ciphers, minVersion),
    honorCipherOrder: true,
    secureOptions: constants.SSL_OP_NO_RENEGOTIATION,
    ticketKeys: trust.ticketKeys,
    sessionTimeout: SESSION_SECONDS,
    sessionIdContext: trust.sessionIdContext,
    ...(trust.asks === 'none' ? {} : { ca: [...trust.ca] }),
  };
}
