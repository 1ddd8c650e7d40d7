import { constants } from 'node:crypto';
import type { Socket } from 'node:net';
import { createServer, type SecureContextOptions, type Server, type TLSSocket } from 'node:tls';
import { LRUCache } from 'lru-cache';
import { contain } from '../../boundary/boundary.ts';
import { on } from '../../boundary/events.ts';
import type { Owner } from '../../boundary/owner.ts';
import { soon } from '../../boundary/timers.ts';
import { certificateContexts, type KeyPair } from '../../tls/connection/certificate-contexts.ts';
import { HandshakeScope } from '../../tls/connection/handshake-scope.ts';

/** As cf-tcp-router's HAProxy has it (docs/compatibility.md §7.4). */
const SHARED: SecureContextOptions = {
  minVersion: 'TLSv1.2',
  honorCipherOrder: true,
  secureOptions: constants.SSL_OP_NO_RENEGOTIATION,
};
/** Above that of whoever calls: Node's own timer must not be first. */
const NODE_HANDSHAKE_MS = 120_000;
/** Lists of protocols that servers are kept for; the one asked for least lately gives way. */
const MAX_SERVERS = 64;

interface Handshake {
  readonly owner: Owner;
  readonly raw: Socket;
  onSecure(socket: TLSSocket): void;
}

/** TLS with clients of TCP ports where it ends at the router, for one thread. */
export class Termination implements Owner {
  readonly kind = 'part';
  readonly #certificates: readonly KeyPair[];
  readonly #choose: ReturnType<typeof certificateContexts>;
  /** By the protocols that are offered; none of them listens. */
  readonly #servers = new LRUCache<string, Server>({ max: MAX_SERVERS });
  readonly #scope = new HandshakeScope<Handshake>();

  /** @throws what OpenSSL has to say of certificates and keys */
  constructor(certificates: readonly KeyPair[]) {
    this.#certificates = certificates;
    this.#choose = certificateContexts(certificates, SHARED);
  }

  /**
   * `raw`: paused, and nothing has been read of it but what was put back. When the handshake fails it is closed.
   * `protocols`: a client that offers some, but none of these, is refused (RFC 7301 §3.2); empty: none is agreed on.
   */
  begin(
    owner: Owner,
    raw: Socket,
    protocols: readonly string[],
    onSecure: (socket: TLSSocket) => void,
  ): void {
    if (!raw.destroyed) this.#scope.begin(this.#serverFor(protocols), raw, { owner, raw, onSecure });
  }

  /** Handshakes under way, and those to come, are none the worse. */
  panic(): void {}

  #serverFor(protocols: readonly string[]): Server {
    const key = protocols.join(',');
    let server = this.#servers.get(key);
    if (server === undefined) {
      server = this.#create(protocols);
      this.#servers.set(key, server);
    }
    return server;
  }

  #create(protocols: readonly string[]): Server {
    const [first] = this.#certificates;
    const server = createServer({
      ...SHARED,
      cert: first!.certChain,
      key: first!.privateKey,
      // Where there is no choice the handshake need not wait for one.
      ...(this.#certificates.length === 1 ? {} : { SNICallback: this.#choose }),
      handshakeTimeout: NODE_HANDSHAKE_MS,
      ...(protocols.length === 0 ? {} : { ALPNProtocols: [...protocols] }),
    });
    on(server, 'secureConnection', this, (socket: TLSSocket) => this.#onSecure(socket));
    on(server, 'tlsClientError', this, (_, socket: TLSSocket) => socket.destroy());
    return server;
  }

  #onSecure(socket: TLSSocket): void {
    const handshake = this.#scope.take();
    // The client has gone in the same moment. Not now, see `cut`.
    if (handshake === undefined || handshake.raw.destroyed) soon(this, () => socket.destroy());
    else contain(handshake.owner, () => handshake.onSecure(socket));
  }
}
