import { checkServerIdentity, createSecureContext, type PeerCertificate } from 'node:tls';

/** PEM texts: what this router shows to the NATS servers, and whom it believes. */
export interface BusTlsFiles {
  /** `nats.ca_certs`, or the same under `section` */
  readonly caCerts: string;
  /** `nats.cert_chain` */
  readonly certChain: string;
  /** `nats.private_key` */
  readonly privateKey: string;
}

/** What `tls.connect` needs. */
export interface BusTls {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
  readonly minVersion: 'TLSv1.2';
  readonly checkServerIdentity: typeof checkServerIdentity;
}

/** The message is one sentence for the operator; it holds nothing of the key. */
export class BusTlsInvalid extends Error {
  override readonly name = 'BusTlsInvalid';
}

/**
 * Mutual TLS towards the NATS servers (docs/compatibility.md §1.1). All of them are one cluster, so a certificate for any
 * of `hostnames` will do: members that are announced by address only have no name of their own.
 * @param section the key of the configuration that the texts stand under
 * @throws {BusTlsInvalid} when a text is missing, is no PEM, or the key does not belong to the certificate
 */
export function busTls(files: BusTlsFiles, hostnames: readonly string[], section = 'nats'): BusTls {
  const { caCerts: ca, certChain: cert, privateKey: key } = files;
  attempt(`${section}.ca_certs`, ca, () => createSecureContext({ ca }));
  attempt(`${section}.cert_chain`, cert, () => createSecureContext({ cert }));
  attempt(`${section}.private_key`, key, () => createSecureContext({ cert, key }));
  return {
    ca,
    cert,
    key,
    minVersion: 'TLSv1.2',
    checkServerIdentity: (_name, certificate) => {
      let failure: Error | undefined;
      for (const hostname of hostnames) {
        failure = identityFault(hostname, certificate);
        if (failure === undefined) return undefined;
      }
      return failure;
    },
  };
}

/** Node calls it outside of any guard, and throws at alternative names that are badly written. */
function identityFault(hostname: string, certificate: PeerCertificate): Error | undefined {
  try {
    return checkServerIdentity(hostname, certificate);
  } catch (error) {
    return error as Error;
  }
}

function attempt(name: string, pem: string, use: () => unknown): void {
  if (!pem.includes('-----BEGIN ')) {
    throw new BusTlsInvalid(
      `${name}: found ${pem === '' ? 'nothing' : 'no PEM'}, needed by ${name.slice(0, name.lastIndexOf('.'))}.tls_enabled`,
    );
  }
  try {
    use();
  } catch (error) {
    throw new BusTlsInvalid(`${name}: ${error instanceof Error ? error.message : String(error)}`);
  }
}
