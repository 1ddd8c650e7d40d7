import {
  createSecureContext,
  getCACertificates,
  type PeerCertificate,
  type SecureContext,
  type SecureVersion,
  checkServerIdentity as wellKnownCheck,
} from 'node:tls';
import { ciphersFor } from '../cipher-suites.ts';

/** PEM texts; empty where there is none. */
export interface BackendTlsSettings {
  /** Trusted besides the system's. */
  readonly ca: readonly string[];
  /** What the router shows a backend that asks for a certificate. */
  readonly certChain: string;
  readonly privateKey: string;
  /** OpenSSL's list; empty: Node's own. */
  readonly ciphers: string;
  /** Default: 1.2 and 1.3, which are Go's for clients. */
  readonly minVersion?: SecureVersion;
  readonly maxVersion?: SecureVersion;
  /** `false`: any certificate will do. Only for route services (`skip_ssl_validation`). */
  readonly verify: boolean;
  /** `true`: only those of `ca` are trusted. */
  readonly withoutSystemCa?: boolean;
}

/** Whom a thread trusts among backends, and how it makes itself known to them. */
export class BackendTrust {
  #settings: BackendTlsSettings;
  #context: SecureContext | null = null;
  /** Changes with the settings: sessions of before are not resumed. */
  generation = 0;

  constructor(settings: BackendTlsSettings) {
    this.#settings = settings;
  }

  /** Made when the first backend speaks TLS: the system's certificates are many. */
  get context(): SecureContext {
    this.#context ??= backendContext(this.#settings);
    return this.#context;
  }

  /** Makes the context, in some tens of milliseconds, if it is not made yet. */
  prepare(): void {
    this.#context ??= backendContext(this.#settings);
  }

  get verifies(): boolean {
    return this.#settings.verify;
  }

  /** For connections from now on. */
  replace(settings: BackendTlsSettings): void {
    this.#settings = settings;
    this.#context = null;
    this.generation++;
  }
}

/** @throws what OpenSSL has to say of the certificates */
export function backendContext(settings: BackendTlsSettings): SecureContext {
  const { ca, certChain, privateKey, withoutSystemCa } = settings;
  const { minVersion = 'TLSv1.2', maxVersion = 'TLSv1.3' } = settings;
  const system = withoutSystemCa === true ? [] : systemCertificates();
  const own = certChain === '' ? {} : { cert: certChain, key: privateKey };
  const ciphers = ciphersFor(settings.ciphers, minVersion);
  const suites = ciphers === '' ? {} : { ciphers };
  return createSecureContext({ ca: [...system, ...ca], ...own, ...suites, minVersion, maxVersion });
}

/** Some containers have none; Node then brings Mozilla's. */
export function systemCertificates(): string[] {
  const system = getCACertificates('system');
  return system.length > 0 ? system : getCACertificates('bundled');
}

/** The registered name must be among the alternative names; unlike Node, nothing falls back to the common name. */
export function checkRegisteredName(name: string, certificate: PeerCertificate): Error | undefined {
  if (certificate.subjectaltname !== undefined) {
    try {
      return wellKnownCheck(name, certificate);
    } catch (error) {
      // Node throws at names that are badly written, and calls this outside of any guard.
      return notTheName(String(error));
    }
  }
  return notTheName('the certificate has no alternative names');
}

function notTheName(message: string): Error {
  return Object.assign(new Error(message), { code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
}
