import { readFileSync } from 'node:fs';
import type { Daemon } from '../bed.ts';
import { CIPHER, makeCertificate } from '../certificate.ts';
import { freePorts } from '../free-ports.ts';
import type { Site } from './figure.ts';
import { startHaproxy } from './haproxy.ts';
import type { OriginCalls } from './processes/origin.ts';
import { startRouter } from './router.ts';
import type { Subprocess } from './subprocess.ts';

/** One of the proxies that are compared in one run, each with two threads before the same backend. */
export interface Front {
  readonly name: 'cellgate' | 'haproxy';
  readonly daemon: Daemon;
  /** On loopback: HTTP/1.1 in clear, HTTP/2 in clear, TLS with both. */
  readonly http: number;
  readonly h2c: number;
  readonly tls: number;
}

interface Fronts {
  readonly cellgate: Front;
  /** `null`: it is not installed. */
  readonly haproxy: Front | null;
  readonly origin: Subprocess<OriginCalls>;
}

/** @throws CannotStart when one of them does not start */
export async function startFronts(site: Site): Promise<Fronts> {
  const certificate = makeCertificate(site.bed);
  const [tls] = (await freePorts(1)) as [number];
  const pem = (path: string) => readFileSync(path, 'utf8');
  const router = await startRouter(site, 1, {
    keys: {
      backends: { max_conns: 0 },
      enable_ssl: true,
      ssl_port: tls,
      tls_pem: [{ cert_chain: pem(certificate.cert), private_key: pem(certificate.key) }],
      cipher_suites: CIPHER,
      client_cert_validation: 'none',
      max_tls_version: 'TLSv1.3',
    },
    cellgateKeys: { max_connections: 0, h2c: true },
  });
  const { daemon, port, origin } = router;
  const [backend] = await origin.call('ports');
  const haproxy = await startHaproxy(site.bed, certificate, backend!);
  return {
    cellgate: { name: 'cellgate', daemon, http: port, h2c: port, tls },
    haproxy: haproxy && { name: 'haproxy', ...haproxy },
    origin,
  };
}

/** What both made of the same, one after the other. */
export interface Compared<T> {
  readonly own: T;
  readonly haproxy: T | null;
}

export async function compare<T>(
  { cellgate, haproxy }: Pick<Fronts, 'cellgate' | 'haproxy'>,
  measure: (front: Front) => Promise<T>,
): Promise<Compared<T>> {
  return { own: await measure(cellgate), haproxy: haproxy && (await measure(haproxy)) };
}
