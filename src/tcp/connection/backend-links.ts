import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { LRUCache } from 'lru-cache';
import { BackendTls } from '../../tls/connection/backend-tls.ts';
import { type BackendTlsSettings, BackendTrust } from '../../tls/connection/backend-trust.ts';
import type { TcpBackend } from '../table/route.ts';

/** Backends whose sessions are remembered; the one dialled least lately gives way. */
const MAX_REMEMBERED = 1024;

/** TLS with backends, for one thread: whom to trust, and the sessions to go on with. */
export class BackendLinks {
  readonly #showing: BackendTrust;
  readonly #anonymous: BackendTrust;
  readonly #known = new LRUCache<string, BackendTls>({ max: MAX_REMEMBERED });

  constructor(settings: BackendTlsSettings) {
    this.#showing = new BackendTrust(settings);
    this.#anonymous = new BackendTrust({ ...settings, certChain: '', privateKey: '' });
  }

  /** The certificate is checked before `secureConnect`. `protocols`: empty for none. */
  over(raw: Socket, backend: TcpBackend, protocols: readonly string[]): TLSSocket {
    return this.#tlsFor(backend).over(raw, protocols.length === 0 ? null : protocols);
  }

  #tlsFor({ address, tls }: TcpBackend): BackendTls {
    const { name, sni, clientCertificate } = tls!;
    const key = JSON.stringify([address, name, sni, clientCertificate]);
    let known = this.#known.get(key);
    if (known === undefined) {
      known = new BackendTls(clientCertificate ? this.#showing : this.#anonymous, name, sni);
      this.#known.set(key, known);
    }
    return known;
  }
}
