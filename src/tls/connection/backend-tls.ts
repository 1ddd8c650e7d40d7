import { isIP, type Socket } from 'node:net';
import { connect, type TLSSocket } from 'node:tls';
import { on } from '../../boundary/events.ts';
import { ONE_MESSAGE } from '../../boundary/owner.ts';
import { type BackendTrust, checkRegisteredName } from './backend-trust.ts';

/** TLS to one backend: whose name it must show, and the session to go on with. */
export class BackendTls {
  readonly #trust: BackendTrust;
  readonly #name: string;
  readonly #indicated: string;
  #session: Buffer | undefined;
  #generation = 0;

  /** @param indicated the name it is called by in the handshake; empty: none */
  constructor(trust: BackendTrust, name: string, indicated = name) {
    this.#trust = trust;
    this.#name = name;
    this.#indicated = canBeIndicated(indicated) ? indicated : '';
  }

  /** Makes now what is made once for many backends, in some tens of milliseconds. */
  prepare(): void {
    this.#trust.prepare();
  }

  /** TLS over a connection that may still be being made. The certificate is checked before `secureConnect`. */
  over(raw: Socket, protocols: readonly string[] | null): TLSSocket {
    const trust = this.#trust;
    if (this.#generation !== trust.generation) this.forget();
    this.#generation = trust.generation;
    const name = this.#name;
    const socket = connect({
      socket: raw,
      secureContext: trust.context,
      rejectUnauthorized: trust.verifies,
      checkServerIdentity: (_, certificate) => checkRegisteredName(name, certificate),
      ...(protocols === null ? {} : { ALPNProtocols: [...protocols] }),
      ...(this.#indicated === '' ? {} : { servername: this.#indicated }),
      ...(this.#session === undefined ? {} : { session: this.#session }),
    });
    const { generation } = trust;
    on(socket, 'session', ONE_MESSAGE, (session: Buffer) => {
      if (generation === trust.generation) this.#session = session;
    });
    return socket;
  }

  /** The backend may not be what it was. */
  forget(): void {
    this.#session = undefined;
  }
}

/** RFC 6066 §3: a DNS name, no address. What came over the bus may be anything. */
function canBeIndicated(name: string): boolean {
  return /^[!-~]{1,253}$/.test(name) && isIP(name) === 0;
}
