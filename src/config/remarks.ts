import { z } from 'zod';
import { isLoopback } from '../address/loopback.ts';
import { adminRemarks } from './admin-rules.ts';
import { valueAt } from './defaults.ts';
import { readableBundle } from './pem.ts';
import type { Config } from './schema.ts';
import { fieldOf, type KeyPath, unwrapped } from './schema-path.ts';

/** Something in a file that is taken, as gorouter takes it, and is not what it says or has no effect. */
export interface Remark {
  readonly path: KeyPath;
  readonly message: string;
}

/** What single keys have to say of their values. @param given a file that the schema has taken */
export function fieldRemarks(schema: z.core.$ZodType, given: unknown, path: KeyPath = []): Remark[] {
  if (given === null || given === undefined) return [];
  const message = fieldOf(schema)?.remark(given) ?? null;
  const own = message === null ? [] : [{ path, message }];
  const at = unwrapped(schema);
  if (at instanceof z.ZodArray && Array.isArray(given)) {
    return [...own, ...given.flatMap((item, index) => fieldRemarks(at.element, item, [...path, index]))];
  }
  if (!(at instanceof z.ZodObject)) return own;
  const below = Object.entries<z.core.$ZodType>(at.shape).flatMap(([key, each]) =>
    fieldRemarks(each, valueAt(given, key), [...path, key]),
  );
  return [...own, ...below];
}

/** What no single key of gorouter.yml can tell. @param given the file, without defaults */
export function gorouterRemarks(config: Config, given: unknown): Remark[] {
  return [
    ...halfPairs(given),
    ...unreadableCertificates(given),
    ...syslogRemarks(config, given),
    ...headerRemarks(given),
    ...tlsRemarks(config),
    ...adminRemarks(config.cellgate.admin, config.cellgate.state_dir),
    ...busRemarks(config),
  ];
}

function halfPairs(given: unknown): Remark[] {
  return ['backends', 'route_services'].flatMap((key) => {
    const [chain, own] = [
      valueAt(given, `${key}.cert_chain`) ?? '',
      valueAt(given, `${key}.private_key`) ?? '',
    ];
    if ((chain === '') === (own === '')) return [];
    return [{ path: [key], message: 'a certificate and its key are only of use together: neither is used' }];
  });
}

function unreadableCertificates(given: unknown): Remark[] {
  const found: Remark[] = [];
  const look = (path: KeyPath, bundle: unknown): void => {
    if (typeof bundle !== 'string' || bundle.trim() === '' || readableBundle(bundle) === bundle) return;
    if (readableBundle(bundle) === '') return;
    found.push({ path, message: 'holds certificates that cannot be read: they are passed over' });
  };
  const lists: [string, unknown][] = [
    ['ca_certs', valueAt(given, 'ca_certs')],
    ['domains', valueAt(given, 'domains')],
  ];
  for (const [key, list] of lists) {
    for (const [index, item] of (Array.isArray(list) ? list : [list]).entries()) {
      look([key, index], key === 'domains' ? valueAt(item, 'ca_certs') : item);
    }
  }
  for (const path of [
    'client_ca_certs',
    'nats.ca_certs',
    'routing_api.ca_certs',
    'cellgate.decisions.ca_certs',
  ]) {
    look(path.split('.'), valueAt(given, path));
  }
  return found;
}

/** To gorouter of before 2025 an empty network was the socket of the syslog daemon, which takes no UDP. */
function syslogRemarks({ access_log }: Config, given: unknown): Remark[] {
  if (!access_log.enable_streaming || valueAt(given, 'logging.syslog_network') !== '') return [];
  return [
    {
      path: ['logging', 'syslog_network'],
      message: 'empty: lines go over UDP to logging.syslog_addr, not to the socket of the syslog daemon',
    },
  ];
}

function headerRemarks(given: unknown): Remark[] {
  const [older, newer] = [valueAt(given, 'max_header_bytes'), valueAt(given, 'max_request_header_bytes')];
  if (!older || !newer || older === newer) return [];
  return [{ path: ['max_header_bytes'], message: 'max_request_header_bytes goes before it' }];
}

function tlsRemarks({ enable_ssl, min_tls_version: min, max_tls_version: max }: Config): Remark[] {
  if (!enable_ssl || min <= max) return [];
  const message = 'newer than max_tls_version: no version is left, and no client can connect over TLS';
  return [{ path: ['min_tls_version'], message }];
}

/** Routes are taken from whoever can connect. */
function busRemarks({ nats, cellgate: { bus } }: Config): Remark[] {
  if (nats.hosts.length > 0 || nats.user !== '' || isLoopback(bus.host)) return [];
  const message = `${bus.host} is not loopback: whoever reaches the bus can register any route, and take any back; set nats.user and nats.pass, or 127.0.0.1`;
  return [{ path: ['cellgate', 'bus', 'host'], message }];
}
