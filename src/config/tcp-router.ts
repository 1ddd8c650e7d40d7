import { readFileSync } from 'node:fs';
import { getSystemErrorMessage } from 'node:util';
import type { z } from 'zod';
import { defaultsNamed } from './defaults.ts';
import { type FileKind, type FileResult, parseFile, readFile } from './parse-file.ts';
import { bundleFault, keyPairFault, readCertificates } from './pem.ts';
import { proxyThreads } from './proxy-threads.ts';
import { type Fault, routingApiFaults, tcpTlsFaults } from './rules.ts';
import { tcpRouterFileSchema } from './schema/tcp-router.ts';
import { shardingFaults } from './tcp-router-sharding.ts';

type Keys = z.output<typeof tcpRouterFileSchema>;

/** A tcp_router.yml, checked, with what the files that it names hold. Durations in milliseconds. */
export type TcpRouterFile = Keys & {
  readonly cellgate: { readonly proxy_threads: number };
  /** PEM of the routing API's files, and of `backend_tls`, whose second file has certificate and key. */
  readonly pem: Readonly<Record<'ca' | 'cert' | 'key' | 'backendCa' | 'backendPair', string>>;
};

const TCP_ROUTER_YML: FileKind<TcpRouterFile> = {
  keys: tcpRouterFileSchema,
  checked: tcpRouterFileSchema
    .superRefine((file, context) => {
      for (const { path, message } of faults(file)) {
        context.addIssue({ code: 'custom', path: [...path], message, params: { whole: true } });
      }
    })
    .transform((file) => ({
      ...file,
      cellgate: {
        ...file.cellgate,
        proxy_threads: proxyThreads(file.cellgate),
      },
      pem: {
        ca: contents(file.routing_api.ca_cert_path),
        cert: contents(file.routing_api.client_cert_path),
        key: contents(file.routing_api.client_private_key_path),
        backendCa: contents(file.backend_tls.ca_cert_path),
        backendPair: contents(file.backend_tls.client_cert_and_key_path),
      },
    })),
  defaults: () => defaultsNamed('recommended', tcpRouterFileSchema),
  remarks: () => [],
};

/** The configuration in a tcp_router.yml. */
export function readTcpRouterFile(path: string): FileResult<TcpRouterFile> {
  return readFile(TCP_ROUTER_YML, path);
}

/** @param file the name to give in problems */
export function parseTcpRouterFile(text: string, file: string): FileResult<TcpRouterFile> {
  return parseFile(TCP_ROUTER_YML, text, file);
}

function faults(file: Keys): Fault[] {
  const { routing_api: api, oauth, backend_tls, frontend_tls, cellgate } = file;
  const found: Fault[] = [...routingApiFaults(api), ...tcpTlsFaults(file), ...shardingFaults(file)];
  const readable = (above: string, key: string, path: string): boolean => {
    const problem = path === '' ? null : readProblem(path);
    if (problem !== null) found.push({ path: [above, key], message: problem });
    return path !== '' && problem === null;
  };
  const bundle = (above: string, key: string, path: string): void => {
    const fault = readable(above, key, path) ? bundleFault(contents(path)) : null;
    if (fault !== null) found.push({ path: [above, key], message: fault });
  };
  bundle('routing_api', 'ca_cert_path', api.ca_cert_path);
  bundle('oauth', 'ca_certs', oauth.ca_certs);
  const cert = readable('routing_api', 'client_cert_path', api.client_cert_path);
  const key = readable('routing_api', 'client_private_key_path', api.client_private_key_path);
  if ((cert && key) || (api.client_cert_path === '') !== (api.client_private_key_path === '')) {
    const fault = keyPairFault(contents(api.client_cert_path), contents(api.client_private_key_path));
    if (fault !== null) {
      found.push({ path: ['routing_api', 'client_cert_path'], message: `Error loading key pair: ${fault}` });
    }
  }
  if (backend_tls.enabled) {
    bundle('backend_tls', 'ca_cert_path', backend_tls.ca_cert_path);
    if (backend_tls.ca_cert_path === '') {
      const message = 'Backend TLS was enabled but no CA certificates were specified';
      found.push({ path: ['backend_tls', 'ca_cert_path'], message });
    }
    const path = backend_tls.client_cert_and_key_path;
    const pair = readable('backend_tls', 'client_cert_and_key_path', path) ? contents(path) : null;
    const fault = pair === null ? null : keyPairFault(pair, pair);
    if (fault !== null) {
      const message = `Unable to validate backend TLS client cert + key in file ${path}: ${fault}`;
      found.push({ path: ['backend_tls', 'client_cert_and_key_path'], message });
    }
  }
  for (const [index, { name, cert_chain, private_key }] of frontend_tls.entries()) {
    if (!/^[\w-]+$/.test(name)) {
      found.push({ path: ['frontend_tls', index, 'name'], message: 'allowed: letters, digits, _ and -' });
    }
    const fault = keyPairFault(cert_chain, private_key) ?? sanFault(cert_chain);
    if (fault !== null) found.push({ path: ['frontend_tls', index, 'cert_chain'], message: fault });
  }
  const { tls } = cellgate.status;
  if (tls.port !== undefined) {
    const fault = keyPairFault(tls.certificate, tls.key);
    if (fault !== null) found.push({ path: ['cellgate', 'status', 'tls', 'certificate'], message: fault });
  }
  return found;
}

/** Clients are told from one another by names alone, and a subject is none. */
function sanFault(chain: string): string | null {
  const [leaf] = readCertificates(chain);
  return typeof leaf === 'object' && leaf.subjectAltName === undefined
    ? 'has no subject alternative name'
    : null;
}

function readProblem(path: string): string | null {
  try {
    readFileSync(path);
    return null;
  } catch (error) {
    return `${path} cannot be read: ${getSystemErrorMessage((error as NodeJS.ErrnoException).errno ?? 0)}`;
  }
}

/** Empty where there is none, which `faults` has said. */
function contents(path: string): string {
  try {
    return path === '' ? '' : readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
