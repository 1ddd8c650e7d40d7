import type { X509Certificate } from 'node:crypto';
import type { z } from 'zod';
import { readAllowlist } from '../route-service/hairpin.ts';
import { CIPHER_SUITE_NAMES, cipherSuites } from '../tls/cipher-suites.ts';
import { distinguishedName, type SubjectObject, sameName } from '../tls/subject-rules.ts';
import { adminFaults } from './admin-rules.ts';
import { bundleFault, keyPairFault, readableBundle, readCertificates } from './pem.ts';
import type { fileSchema } from './schema-file.ts';
import { ruleName, writtenName } from './subject.ts';
import { CLIENT_CERT_VALIDATIONS, isOneOf, SYSLOG_NETWORKS, TLS_VERSIONS } from './wider-texts.ts';

export type ConfigFile = z.output<typeof fileSchema>;

/** What no single key can tell. `message` holds gorouter's own words, for those who search for them. */
export interface Fault {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

/** What gorouter refuses to start with (docs/compatibility.md §5.3) beyond values that are wrong by themselves. */
export function faults(file: ConfigFile): Fault[] {
  return [
    ...shardingFaults(file),
    ...healthFaults(file),
    ...syslogFaults(file),
    ...listenerFaults(file),
    ...clientCertificateFaults(file),
    ...keyPairFaults(file),
    ...bundleFaults(file),
    ...domainFaults(file),
    ...allowlistFaults(file),
    ...routingApiFaults(file.routing_api),
    ...tcpTlsFaults(file),
    ...adminFaults(file.cellgate.admin),
    ...decisionFaults(file),
    ...keyFaults(file.cellgate),
  ];
}

/** For both files that have the key. */
export function routingApiFaults({ uri, port }: { uri: string; port: number }): Fault[] {
  if (uri === '' || port === 0 || /^https?:\/\/[^/@]+\/?$/.test(uri)) return [];
  return [{ path: ['routing_api', 'uri'], message: 'must be http://host or https://host' }];
}

function shardingFaults({ routing_table_sharding_mode: mode, isolation_segments }: ConfigFile): Fault[] {
  if (mode !== 'segments' || isolation_segments.length > 0) return [];
  const message =
    'Expected isolation segments; routing table sharding mode set to segments and none provided. isolation_segments is empty';
  return [{ path: ['routing_table_sharding_mode'], message }];
}

function healthFaults({ status: { tls, enable_nontls_health_checks: plain } }: ConfigFile): Fault[] {
  if (!asksForTlsHealth(tls)) {
    const message = 'Neither TLS nor non-TLS health endpoints are enabled. Refusing to start gorouter.';
    return plain ? [] : [{ path: ['status', 'enable_nontls_health_checks'], message }];
  }
  const at = (key: string, rule: string): Fault => ({
    path: ['status', 'tls', key],
    message: `router.status.tls.${key} must ${rule}`,
  });
  const faults: Fault[] = [];
  if (tls.port === 0) faults.push(at('port', 'not be 0'));
  if (tls.certificate === '') faults.push(at('certificate', 'be provided'));
  if (tls.key === '') faults.push(at('key', 'be provided'));
  return faults;
}

/** gorouter looks at it where it streams, and not before. */
function syslogFaults({ access_log, logging: { syslog_network: network } }: ConfigFile): Fault[] {
  if (!access_log.enable_streaming || network === '' || isOneOf(SYSLOG_NETWORKS, network)) return [];
  const message = `must be empty or one of ${SYSLOG_NETWORKS.join(', ')}`;
  return [{ path: ['logging', 'syslog_network'], message }];
}

/** Any key with another value than its default turns the TLS health listener on (docs/compatibility.md §5.2). */
function asksForTlsHealth(tls: ConfigFile['status']['tls']): boolean {
  return tls.port !== 8443 || tls.certificate !== '' || tls.key !== '';
}

function listenerFaults(file: ConfigFile): Fault[] {
  if (!file.enable_ssl) {
    const message =
      'neither http nor https listener is enabled: router.enable_ssl: false, router.disable_http: true';
    return file.disable_http ? [{ path: ['disable_http'], message }] : [];
  }
  const faults: Fault[] = [];
  if (!isOneOf(CLIENT_CERT_VALIDATIONS, file.client_cert_validation)) {
    faults.push({
      path: ['client_cert_validation'],
      message: "router.client_cert_validation must be one of 'none', 'request' or 'require'.",
    });
  }
  if (file.tls_pem.length === 0) {
    faults.push({
      path: ['tls_pem'],
      message: 'router.tls_pem must be provided if router.enable_ssl is set to true',
    });
  }
  const suites = file.cipher_suites === '' ? null : cipherSuites(file.cipher_suites);
  if (suites === null) {
    faults.push({
      path: ['cipher_suites'],
      message: 'must specify list of cipher suite when ssl is enabled',
    });
  } else if (!suites.ok) {
    const message = `Invalid cipher string configuration: ${JSON.stringify(suites.unknown)}, please choose from ${CIPHER_SUITE_NAMES.join(', ')}`;
    faults.push({ path: ['cipher_suites'], message });
  }
  const { min_tls_version: min, max_tls_version: max } = file;
  if (min !== '' && !isOneOf(TLS_VERSIONS, min)) {
    const message = 'router.min_tls_version should be one of "", "TLSv1.3", "TLSv1.2", "TLSv1.1", "TLSv1.0"';
    faults.push({ path: ['min_tls_version'], message });
  }
  if (max !== '' && max !== 'TLSv1.2' && max !== 'TLSv1.3') {
    const message = 'router.max_tls_version should be one of "TLSv1.2" or "TLSv1.3"';
    faults.push({ path: ['max_tls_version'], message });
  }
  return faults;
}

function clientCertificateFaults(file: ConfigFile): Fault[] {
  if (!file.enable_ssl) return [];
  const faults: Fault[] = [];
  const asks = file.client_cert_validation === 'request' || file.client_cert_validation === 'require';
  if (asks && file.only_trust_client_ca_certs && file.client_ca_certs.trim() === '') {
    const message = "router.client_ca_certs cannot be empty if router.only_trust_client_ca_certs is 'true'.";
    faults.push({ path: ['client_ca_certs'], message });
  }
  if (!file.enable_verify_client_certificate_metadata) return faults;
  const read = readCertificates(file.client_ca_certs);
  const known = (typeof read === 'string' ? [] : read).map((each) =>
    distinguishedName(each.toLegacyObject().subject as unknown as SubjectObject),
  );
  for (const [index, rule] of file.verify_client_certificate_metadata.entries()) {
    const issuer = ruleName(rule.issuer_in_chain ?? {});
    if (known.some((subject) => sameName(subject, issuer))) continue;
    faults.push({
      path: ['verify_client_certificate_metadata', index, 'issuer_in_chain'],
      message: `no CA certificate found for rule with ca subject ${writtenName(issuer)}, in client_ca_certs`,
    });
  }
  return faults;
}

function keyPairFaults(file: ConfigFile): Fault[] {
  const { backends, route_services, nats, routing_api, status } = file;
  const faults: Fault[] = [];
  const check = (path: Fault['path'], chain: string, key: string, words = 'Error loading key pair'): void => {
    const fault = keyPairFault(chain, key);
    if (fault !== null) faults.push({ path, message: `${words}: ${fault}` });
  };
  const optional = (name: string, pair: { cert_chain: string; private_key: string }): void => {
    if (pair.cert_chain !== '' && pair.private_key !== '') {
      check([name, 'cert_chain'], pair.cert_chain, pair.private_key);
    }
  };
  optional('backends', backends);
  optional('route_services', route_services);
  if (nats.tls_enabled) {
    check(['nats', 'cert_chain'], nats.cert_chain, nats.private_key, 'Error loading NATS key pair');
  }
  if (routing_api.uri !== '' && routing_api.port !== 0) {
    check(['routing_api', 'cert_chain'], routing_api.cert_chain, routing_api.private_key);
  }
  if (status.tls.certificate !== '' && status.tls.key !== '') {
    check(['status', 'tls', 'certificate'], status.tls.certificate, status.tls.key);
  }
  for (const [index, { cert_chain = '', private_key = '' }] of file.enable_ssl
    ? file.tls_pem.entries()
    : []) {
    if (cert_chain !== '' && private_key !== '') check(['tls_pem', index], cert_chain, private_key);
    else {
      const message = 'Error parsing PEM blocks of router.tls_pem, missing cert or key.';
      faults.push({ path: ['tls_pem', index], message });
    }
  }
  return faults;
}

function bundleFaults(file: ConfigFile): Fault[] {
  const faults: Fault[] = [];
  const check = (path: Fault['path'], bundle: string): void => {
    // Like Go, over what cannot be read while something can: `remarks` says so.
    const fault = bundle.trim() === '' || readableBundle(bundle) !== '' ? null : bundleFault(bundle);
    if (fault !== null)
      faults.push({ path, message: `Error while adding CACerts to gorouter cert pool: ${fault}` });
  };
  for (const [index, bundle] of file.ca_certs.entries()) check(['ca_certs', index], bundle);
  check(['client_ca_certs'], file.client_ca_certs);
  if (file.nats.tls_enabled) check(['nats', 'ca_certs'], file.nats.ca_certs);
  if (file.routing_api.uri !== '' && file.routing_api.port !== 0) {
    check(['routing_api', 'ca_certs'], file.routing_api.ca_certs);
  }
  for (const [index, { ca_certs }] of file.domains.entries()) check(['domains', index, 'ca_certs'], ca_certs);
  return faults;
}

const DOMAIN_NAME = /^(?:\*\.)?[a-z0-9_-]+(?:\.[a-z0-9_-]+)*$/i;

function domainFaults({ domains }: ConfigFile): Fault[] {
  const faults: Fault[] = [];
  const seen = new Set<string>();
  for (const [index, { name, ca_certs }] of domains.entries()) {
    const at = (key: string, message: string) => faults.push({ path: ['domains', index, key], message });
    if (ca_certs.trim() === '') {
      at('ca_certs', 'must be provided: without it no client of the domain could be let in');
    }
    if (!DOMAIN_NAME.test(name)) at('name', `${JSON.stringify(name)} is no host name and no *.domain`);
    else if (seen.has(name.toLowerCase())) at('name', `${name} is there twice`);
    seen.add(name.toLowerCase());
  }
  return faults;
}

/** gorouter panics here (docs/compatibility.md §4.7). */
function allowlistFaults({ route_services_hairpinning_allowlist: entries }: ConfigFile): Fault[] {
  const list = readAllowlist(entries);
  if (typeof list !== 'string') return [];
  return [
    { path: ['route_services_hairpinning_allowlist'], message: `${list} is no host name and no *.domain` },
  ];
}

/** For both files that have the keys (docs/compatibility.md §7.1). */
export function tcpTlsFaults({
  cellgate: { tcp },
}: {
  cellgate: Pick<ConfigFile['cellgate'], 'tcp'>;
}): Fault[] {
  const faults: Fault[] = [];
  const at = (path: readonly PropertyKey[], message: string): void => {
    faults.push({ path: ['cellgate', 'tcp', ...path], message });
  };
  for (const [index, { cert_chain, private_key }] of tcp.frontend_tls.entries()) {
    const fault = keyPairFault(cert_chain, private_key);
    const [leaf] = fault === null ? readCertificates(cert_chain) : [];
    if (fault !== null) at(['frontend_tls', index], `Error loading key pair: ${fault}`);
    else if ((leaf as X509Certificate).subjectAltName === undefined)
      at(['frontend_tls', index, 'cert_chain'], 'the certificate has no alternative names');
  }
  const { enabled, ca_certs, cert_chain, private_key } = tcp.backend_tls;
  const authorities = enabled ? bundleFault(ca_certs) : null;
  if (authorities !== null) at(['backend_tls', 'ca_certs'], authorities);
  const own = enabled && cert_chain + private_key !== '' ? keyPairFault(cert_chain, private_key) : null;
  if (own !== null) at(['backend_tls', 'cert_chain'], `Error loading key pair: ${own}`);
  return faults;
}

/** Bytes. */
const LEAST_DEBUG_KEY = 32;

/** 32 bytes in hex, or in base64 of either alphabet. */
const BUS_KEY = /^(?:[0-9a-f]{64}|[\w+/-]{43}=?)$/i;

function keyFaults({ bus_key, debug_key }: ConfigFile['cellgate']): Fault[] {
  const faults: Fault[] = [];
  const at = (key: string, message: string): void => void faults.push({ path: ['cellgate', key], message });
  const length = Buffer.byteLength(debug_key);
  if (length > 0 && length < LEAST_DEBUG_KEY)
    at('debug_key', `allowed: at least ${LEAST_DEBUG_KEY} bytes, these are ${length}`);
  if (bus_key !== '' && !BUS_KEY.test(bus_key))
    at('bus_key', 'allowed: 32 bytes as 64 hex digits or as base64, like that of: openssl rand -base64 32');
  return faults;
}

/** Keys that say of a NATS for decisions what there is no such NATS for, and pairs that are none. */
function decisionFaults({ cellgate: { decisions, state_dir } }: ConfigFile): Fault[] {
  const { store, hosts, user, pass, replicas, tls_enabled, ca_certs, cert_chain, private_key } = decisions;
  const faults: Fault[] = [];
  const at = (key: keyof typeof decisions, message: string): void => {
    faults.push({ path: ['cellgate', 'decisions', key], message });
  };
  if (store === 'file' && state_dir === '')
    at('store', 'file needs cellgate.state_dir, the folder that the file would lie in');
  const usesNats = store === 'auto' || store === 'jetstream';
  if (!usesNats && hosts.length > 0)
    at('hosts', `of no use with store: ${store}, which keeps nothing in NATS`);
  if (!usesNats && replicas > 1)
    at('replicas', `of no use with store: ${store}, which keeps nothing in NATS`);
  const without = 'of no use without cellgate.decisions.hosts: the NATS of routes has its keys under nats';
  if (hosts.length === 0 && user !== '') at('user', without);
  if (hosts.length === 0 && pass !== '') at('pass', without);
  if (hosts.length === 0 && tls_enabled) at('tls_enabled', without);
  if (!tls_enabled && ca_certs + cert_chain + private_key !== '')
    at(
      'tls_enabled',
      'false, with certificates or a key that nothing would use: the connection would be plain text',
    );
  if (hosts.length > 0 && pass !== '' && user === '') at('pass', 'of no use without cellgate.decisions.user');
  if (hosts.length === 0 || !tls_enabled) return faults;
  const pair = keyPairFault(cert_chain, private_key);
  if (pair !== null) at('cert_chain', `Error loading key pair: ${pair}`);
  const authorities = readableBundle(ca_certs) === '' ? bundleFault(ca_certs) : null;
  if (authorities !== null) at('ca_certs', authorities);
  return faults;
}
