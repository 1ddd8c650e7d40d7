import { isBackendHost, unbracketed } from '../../address/backend-host.ts';
import type { TcpRegistration } from '../table/route.ts';
import { serverName } from '../table/server-name.ts';
import { readTerms } from '../table/terms.ts';

export type DecodedMapping =
  | { readonly ok: true; readonly registration: TcpRegistration }
  | { readonly ok: false; readonly error: string };

/** Beginning of the owners of what the routing API says; the router group follows. */
export const ROUTING_API = 'routing-api';
const MAX_PORT = 65_535;
const MAX_SECONDS = 65_535;
/** What a mapping lives that names no TTL, seconds (docs/compatibility.md §7.1). */
const DEFAULT_SECONDS = 120;

/** A TcpRouteMapping of the routing API (docs/compatibility.md §7.6). Never throws. */
export function decodeMapping(value: unknown): DecodedMapping {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return refused('not an object');
  const fields = value as Readonly<Record<string, unknown>>;
  const port = fields['port'];
  const host = unbracketed(textOf(fields['backend_ip']));
  const plainPort = fields['backend_port'] ?? 0;
  const tlsPort = fields['backend_tls_port'] ?? 0;
  const name = fields['backend_sni_hostname'] ?? '';
  const seconds = fields['ttl'] ?? 0;
  if (!isInteger(port, 1, MAX_PORT)) return refused('port: allowed: an integer from 1 to 65535');
  if (!isBackendHost(host)) return refused('backend_ip: allowed: an address');
  if (!isInteger(tlsPort, -1, MAX_PORT))
    return refused('backend_tls_port: allowed: an integer from -1 to 65535');
  if (!isInteger(plainPort, tlsPort > 0 ? 0 : 1, MAX_PORT))
    return refused('backend_port: allowed: an integer from 1 to 65535');
  if (!isInteger(seconds, 0, MAX_SECONDS)) return refused('ttl: allowed: an integer from 0 to 65535');
  for (const flag of ['terminate_frontend_tls', 'enable_backend_mtls']) {
    if (!isFlag(fields[flag])) return refused(`${flag}: allowed: true or false`);
  }
  const sni = name === '' ? '' : typeof name === 'string' ? serverName(name) : null;
  if (sni === null) return refused('backend_sni_hostname: allowed: a name');
  const instanceId = textOf(fields['instance_id']);
  const terms = readTerms({
    terminates: fields['terminate_frontend_tls'] === true,
    alpns: textOf(fields['alpns']),
    speaksTls: tlsPort > 0,
    name: instanceId || host,
    sniRewrite: textOf(fields['sni_rewrite_hostname']),
    backendMtls: fields['enable_backend_mtls'] === true,
    sendProxy: '',
  });
  if (!terms.ok) return refused(`${terms.field}: allowed: ${terms.allowed}`);
  const tag = tagOf(fields['modification_tag']);
  return {
    ok: true,
    registration: {
      owner: `${ROUTING_API} ${textOf(fields['router_group_guid'])}`,
      port,
      sni,
      host,
      backendPort: tlsPort > 0 ? tlsPort : plainPort,
      instanceId,
      isolationSegment: textOf(fields['isolation_segment']),
      lifetime: (seconds || DEFAULT_SECONDS) * 1000,
      terms: terms.terms,
      ...(tlsPort === 0 ? { lacksTlsPort: true } : {}),
      tag,
    },
  };
}

function tagOf(value: unknown): TcpRegistration['tag'] {
  if (typeof value !== 'object' || value === null) return null;
  const { guid, index } = value as { guid?: unknown; index?: unknown };
  return { guid: textOf(guid), index: typeof index === 'number' ? index : 0 };
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function isInteger(value: unknown, least: number, most: number): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most;
}

function isFlag(value: unknown): boolean {
  return value === undefined || value === null || typeof value === 'boolean';
}

function refused(error: string): DecodedMapping {
  return { ok: false, error };
}
