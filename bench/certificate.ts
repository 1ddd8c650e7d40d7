import { Authority } from '../test/support/certificates.ts';
import type { Bed } from './bed.ts';
import { HOST } from './target.ts';

/** A certificate and its key, P-256; paths of PEM files. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
  /** Both in one file. */
  readonly both: string;
}

/** TLS 1.2 beside it would be of other ciphers with each proxy. */
export const CIPHER = 'ECDHE-ECDSA-AES128-GCM-SHA256';

/** Makes a certificate in the directory of the bed, of an authority that nobody is asked to trust. */
export function makeCertificate(bed: Bed): Certificate {
  const { cert, key } = new Authority().issue({ subject: `/CN=${HOST}`, names: `DNS:${HOST},IP:127.0.0.1` });
  return {
    cert: bed.write('bench.crt', cert),
    key: bed.write('bench.key', key),
    both: bed.write('bench.pem', cert + key),
  };
}
