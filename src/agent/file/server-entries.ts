import type { FaultTree } from './fault-tree.ts';
import type { Fields } from './fields.ts';
import { readGoDuration } from './go-duration.ts';

/** A server of the bus, as it is named: `host:port`. */
export interface BusServerEntry {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
}

/** Paths of PEM files. */
export interface BusTlsEntry {
  readonly certPath: string;
  readonly keyPath: string;
  readonly caPath: string;
}

export interface RoutingApiEntry {
  readonly apiUrl: string;
  readonly oauthUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** Paths; empty: none. */
  readonly caCerts: string;
  readonly clientCertPath: string;
  readonly clientKeyPath: string;
  readonly serverCaPath: string;
  /** Of the UAA's certificate. */
  readonly skipsValidation: boolean;
  /** Milliseconds that a TCP route lives at most without being announced again. */
  readonly maxTtl: number;
}

const DEFAULT_BUS_PORT = 4222;
const DEFAULT_MAX_TTL_MS = 120_000;

export function readBusServers(entries: readonly Fields[], faults: FaultTree): readonly BusServerEntry[] {
  return entries.map((fields) => {
    const written = fields.text('host');
    const server = splitAddress(written);
    // Not repeated: who writes a URL there may write a password, too.
    if (server === null) faults.add(`${fields.at('host')}: allowed: HOST:PORT`);
    const entry = {
      host: server?.host ?? '',
      port: server?.port ?? 0,
      user: fields.text('user'),
      password: fields.text('password'),
    };
    fields.warnOfUnknown();
    return entry;
  });
}

function splitAddress(text: string): { host: string; port: number } | null {
  const [, bracketed, plain, digits] =
    /^(?:\[([\da-f:.]+)\]|([^\s:[\]/@]+))(?::(\d{1,5}))?$/i.exec(text) ?? [];
  const host = bracketed ?? plain;
  const port = digits === undefined ? DEFAULT_BUS_PORT : Number(digits);
  return host === undefined || port === 0 || port > 65_535 ? null : { host, port };
}

/** Null: in plain text. Without `enabled` it is TLS as soon as all three files are named, as in route-registrar. */
export function readBusTls(fields: Fields | null, faults: FaultTree): BusTlsEntry | null {
  if (fields === null) return null;
  const entry = {
    certPath: fields.text('cert_path'),
    keyPath: fields.text('key_path'),
    caPath: fields.text('ca_path'),
  };
  const isNamed = Object.values(entry).every((path) => path !== '');
  const isEnabled = fields.has('enabled') ? fields.flag('enabled') : isNamed;
  fields.warnOfUnknown();
  if (!isEnabled) return null;
  for (const name of ['cert_path', 'key_path', 'ca_path']) {
    if (fields.text(name) === '')
      faults.add(`${fields.at(name)}: missing, needed by nats_mtls_config.enabled`);
  }
  return entry;
}

/** Of these sentences only the first is told, and only where a route needs the API. */
export function readRoutingApi(fields: Fields | null): RoutingApiEntry | string {
  if (fields === null) return 'routing_api must have an api_url';
  const ttl = readGoDuration(fields.text('max_ttl'));
  const entry: RoutingApiEntry = {
    apiUrl: fields.text('api_url'),
    oauthUrl: fields.text('oauth_url'),
    clientId: fields.text('client_id'),
    clientSecret: fields.text('client_secret'),
    caCerts: fields.text('ca_certs'),
    clientCertPath: fields.text('client_cert_path'),
    clientKeyPath: fields.text('client_private_key_path'),
    serverCaPath: fields.text('server_ca_cert_path'),
    skipsValidation: fields.flag('skip_ssl_validation'),
    maxTtl: ttl.ok && ttl.milliseconds > 0 ? ttl.milliseconds : DEFAULT_MAX_TTL_MS,
  };
  fields.warnOfUnknown();
  return fault(entry) ?? entry;
}

function fault(entry: RoutingApiEntry): string | undefined {
  if (entry.apiUrl === '') return 'routing_api must have an api_url';
  if (!isWebUrl(entry.apiUrl)) return 'routing_api must have a valid api_url, like https://HOST:PORT';
  if (entry.oauthUrl === '') return 'routing_api must have an oauth_url';
  if (!isWebUrl(entry.oauthUrl)) return 'routing_api must have a valid oauth_url, like https://HOST:PORT';
  if (entry.clientId === '') return 'routing_api must have a client_id';
  if (entry.clientSecret === '') return 'routing_api must have a client_secret';
  if (!/^https:/i.test(entry.apiUrl)) return undefined;
  if (entry.clientCertPath === '') return 'routing_api must have a client_certificate_path';
  if (entry.clientKeyPath === '') return 'routing_api must have a client_private_key_path';
  if (entry.serverCaPath === '') return 'routing_api must have a server_ca_cert_path';
  return undefined;
}

function isWebUrl(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
}
