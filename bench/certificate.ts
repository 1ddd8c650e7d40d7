import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Bed } from './bed.ts';
import { findProgram } from './find-program.ts';
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

export function missingOpenssl(): string | undefined {
  return findProgram('openssl') ? undefined : 'openssl is not installed: apt-get install openssl';
}

/** Makes a self-signed certificate in the directory of the bed. */
export function makeCertificate(bed: Bed): Certificate {
  const [cert, key] = [join(bed.directory, 'bench.crt'), join(bed.directory, 'bench.key')];
  const request = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  const names = ['-subj', `/CN=${HOST}`, '-addext', `subjectAltName=DNS:${HOST},IP:127.0.0.1`];
  execFileSync(findProgram('openssl')!, [...request, ...names, '-days', '2', '-keyout', key, '-out', cert], {
    stdio: 'pipe',
  });
  const both = bed.write('bench.pem', readFileSync(cert, 'utf8') + readFileSync(key, 'utf8'));
  return { cert, key, both };
}
