import {
  createSecureContext,
  type createServer,
  type SecureContext,
  type SecureContextOptions,
} from 'node:tls';
import { giveUp } from '../../boundary/boundary.ts';
import { ONE_MESSAGE } from '../../boundary/owner.ts';
import { certificateChoice, chooseCertificate } from '../certificate-choice.ts';
import { certificateNames } from '../certificate-names.ts';

/** A certificate with its key, PEM. */
export interface KeyPair {
  readonly certChain: string;
  readonly privateKey: string;
}

type SniCallback = NonNullable<NonNullable<Parameters<typeof createServer>[0]>['SNICallback']>;

/**
 * Chooses among certificates by the name a client asks for; the first is for those that ask for none, or for one that
 * none is for. @throws what OpenSSL has to say of certificates and keys
 */
export function certificateContexts(
  certificates: readonly KeyPair[],
  shared: SecureContextOptions,
): SniCallback {
  const contexts = certificates.map(({ certChain, privateKey }) =>
    createSecureContext({ ...shared, cert: certChain, key: privateKey }),
  );
  const choice = certificateChoice(certificates.map(({ certChain }) => certificateNames(certChain)));
  const choose = (name: string, done: (error: unknown, context?: SecureContext) => void): void => {
    let context: SecureContext;
    try {
      context = contexts[chooseCertificate(choice, name)]!;
    } catch (error) {
      giveUp(ONE_MESSAGE, error);
      done(error);
      return;
    }
    done(null, context);
  };
  return choose as SniCallback;
}
