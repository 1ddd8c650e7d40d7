import { readFileSync } from 'node:fs';
import type { Config } from '../../config/schema.ts';
import type { StatusTls } from '../../status/status-server.ts';
import { StartError } from './start-error.ts';

/** Of `status.tls`. It is for health checkers, so it asks for no certificate. */
export function healthTls({ status, min_tls_version }: Config): StatusTls {
  const { certificate, key } = status.tls;
  return { cert: certificate, key, minVersion: nodeVersion(min_tls_version) };
}

/** Of `prometheus`; without `cert_path` there is none. @throws {StartError} */
export function scrapeTls({ prometheus }: Config): StatusTls | undefined {
  const { cert_path, key_path, ca_path } = prometheus;
  if (cert_path === '') return undefined;
  return {
    cert: contents('prometheus.cert_path', cert_path),
    key: contents('prometheus.key_path', key_path),
    ca: contents('prometheus.ca_path', ca_path),
    requestCert: true,
    rejectUnauthorized: true,
    minVersion: 'TLSv1.2',
  };
}

/** Node speaks nothing below TLS 1.2 without being made to. */
function nodeVersion(version: string): 'TLSv1.2' | 'TLSv1.3' {
  return version === 'TLSv1.3' ? version : 'TLSv1.2';
}

function contents(key: string, path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new StartError(`${key} ${path} cannot be read: ${(error as NodeJS.ErrnoException).code}`);
  }
}
