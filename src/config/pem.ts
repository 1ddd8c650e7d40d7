import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;
const KEY = /-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----[^-]+-----END (?:[A-Z]+ )?PRIVATE KEY-----/;

/** What is wrong with a certificate chain and its key, in Go's words where it has some; null when nothing is. */
export function keyPairFault(chain: string, key: string): string | null {
  const certificates = readCertificates(chain);
  if (typeof certificates === 'string')
    return `tls: failed to find any PEM data in certificate input${certificates}`;
  // Like Go, over what else stands there: parameters of a curve, most often.
  const block = KEY.exec(key)?.[0];
  if (block === undefined) return 'tls: failed to find any PEM data in key input';
  let privateKey: KeyObject;
  try {
    privateKey = createPrivateKey(block);
  } catch {
    return 'tls: failed to parse private key';
  }
  const [leaf] = certificates;
  return leaf!.checkPrivateKey(privateKey) ? null : 'tls: private key does not match public key';
}

/** What is wrong with a bundle of certificates that are to be trusted; null when nothing is. */
export function bundleFault(bundle: string): string | null {
  const certificates = readCertificates(bundle);
  return typeof certificates === 'string' ? `no PEM certificates${certificates}` : null;
}

/** A bundle without what Go passes over: blocks that hold no certificate. Untouched where there are none. */
export function readableBundle(bundle: string): string {
  const blocks = bundle.match(CERTIFICATE) ?? [];
  const readable = blocks.filter((block) => typeof readCertificates(block) !== 'string');
  return readable.length === blocks.length && blocks.length > 0 ? bundle : readable.join('\n');
}

/** At least one, or what keeps them from being read, to be added to a sentence. */
export function readCertificates(text: string): readonly X509Certificate[] | string {
  const blocks = text.match(CERTIFICATE) ?? [];
  if (blocks.length === 0) return '';
  const certificates: X509Certificate[] = [];
  for (const [index, block] of blocks.entries()) {
    try {
      certificates.push(new X509Certificate(block));
    } catch {
      return `: number ${index + 1} is not a certificate`;
    }
  }
  return certificates;
}
