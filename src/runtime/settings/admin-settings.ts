import { X509Certificate } from 'node:crypto';
import { hostname } from 'node:os';
import type { AdminTls } from '../../admin/admin-server.ts';
import { RIGHTS } from '../../admin/caller.ts';
import { hostRule } from '../../admin/host-rule.ts';
import type { Token } from '../../admin/tokens.ts';
import type { Config } from '../../config/schema.ts';

type Admin = Config['cellgate']['admin'];

export function adminTokens({ tokens }: Admin): Token[] {
  return tokens.map(({ name, secret, rights }) => ({
    name,
    secret,
    rights: RIGHTS.filter((right) => rights.includes(right)),
  }));
}

/** Null: none. */
export function adminTls({ tls }: Admin): AdminTls | null {
  return tls.certificate === '' ? null : { cert: tls.certificate, key: tls.key };
}

/** By which names the address may be called. */
export function adminHosts({ host, tls }: Admin): (header: string) => boolean {
  const certificate = tls.certificate === '' ? null : new X509Certificate(tls.certificate);
  return hostRule({
    host,
    machine: hostname(),
    certified: (name) => certificate?.checkHost(name) !== undefined,
  });
}
