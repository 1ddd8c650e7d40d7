import { readFileSync } from 'node:fs';
import { getSystemErrorMessage } from 'node:util';
import { type BusTls, BusTlsInvalid, busTls } from '../bus/bus-tls.ts';
import type { BusServer } from '../bus/connect-bus.ts';
import type { RoutingApiSettings } from '../routing-api/settings.ts';
import type { BusServerEntry, BusTlsEntry, RoutingApiEntry } from './file/server-entries.ts';

/** What `connectBus` is told of the servers. */
export interface BusAccess {
  readonly servers: readonly BusServer[];
  readonly user: string;
  readonly pass: string;
  readonly tls: BusTls | null;
}

/** A file that a configuration names is of no use; the message is one sentence. */
export class UnusableFile extends Error {
  override readonly name = 'UnusableFile';
}

/** As route-registrar's client of the UAA has them. */
const TOKEN_RETRIES = 3;
const TOKEN_RETRY_MS = 500;
const TOKEN_MARGIN_MS = 30_000;
const REQUEST_TIMEOUT_MS = 10_000;

/** What the files are called, for sentences. */
interface TlsNames {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

const REGISTRAR_NAMES: TlsNames = {
  ca: 'nats_mtls_config.ca_path',
  cert: 'nats_mtls_config.cert_path',
  key: 'nats_mtls_config.key_path',
};

/** @throws {UnusableFile} */
export function busAccess(
  servers: readonly BusServerEntry[],
  tls: BusTlsEntry | null,
  names = REGISTRAR_NAMES,
): BusAccess {
  const { user = '', password = '' } = servers[0] ?? {};
  return {
    servers: servers.map(({ host, port }) => ({ hostname: host, port })),
    user,
    pass: password,
    tls: tls === null ? null : readTls(tls, servers, names),
  };
}

function readTls(tls: BusTlsEntry, servers: readonly BusServerEntry[], names: TlsNames): BusTls {
  const files = {
    caCerts: pem(names.ca, tls.caPath),
    certChain: pem(names.cert, tls.certPath),
    privateKey: pem(names.key, tls.keyPath),
  };
  const hosts = servers.map(({ host }) => host.replace(/^\[|\]$/g, ''));
  try {
    return busTls(files, hosts, 'tls');
  } catch (error) {
    if (!(error instanceof BusTlsInvalid)) throw error;
    const [key = '', ...why] = error.message.split(': ');
    const name = { 'tls.ca_certs': names.ca, 'tls.cert_chain': names.cert }[key] ?? names.key;
    throw new UnusableFile(`${name}: ${why.join(': ')}`);
  }
}

/** @throws {UnusableFile} */
export function apiSettings(entry: RoutingApiEntry): RoutingApiSettings {
  const isSecure = /^https:/i.test(entry.apiUrl);
  const file = (name: string, path: string): string =>
    isSecure && path !== '' ? pem(`routing_api.${name}`, path) : '';
  return {
    url: origin(entry.apiUrl),
    ca: file('server_ca_cert_path', entry.serverCaPath),
    cert: file('client_cert_path', entry.clientCertPath),
    key: file('client_private_key_path', entry.clientKeyPath),
    oauth: {
      url: origin(entry.oauthUrl),
      client: entry.clientId,
      secret: entry.clientSecret,
      ca: entry.caCerts === '' ? '' : uaaAuthorities(entry),
      skipValidation: entry.skipsValidation,
      retries: TOKEN_RETRIES,
      retryInterval: TOKEN_RETRY_MS,
      margin: TOKEN_MARGIN_MS,
    },
    requestTimeout: REQUEST_TIMEOUT_MS,
    streamSilence: REQUEST_TIMEOUT_MS,
  };
}

/** A job's template names the file in any case; where it is empty the system's authorities hold. */
function uaaAuthorities({ caCerts }: RoutingApiEntry): string {
  const text = read('routing_api.ca_certs', caCerts);
  return text.trim() === '' ? '' : checked('routing_api.ca_certs', caCerts, text);
}

function pem(key: string, path: string): string {
  return checked(key, path, read(key, path));
}

function checked(key: string, path: string, text: string): string {
  if (!text.includes('-----BEGIN ')) throw new UnusableFile(`${key}: ${path} holds no PEM`);
  return text;
}

function read(key: string, path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const { errno = 0 } = error as NodeJS.ErrnoException;
    throw new UnusableFile(`${key}: ${path} cannot be read: ${getSystemErrorMessage(errno)}`);
  }
}

function origin(url: string): string {
  return new URL(url).origin;
}
