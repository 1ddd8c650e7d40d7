import type { SecureVersion } from 'node:tls';
import type { Config } from '../../config/schema.ts';
import { FrontTls } from '../../http/connection/front-tls.ts';
import type { DomainRules } from '../../http/policy/client-certificate.ts';
import type { FrontTlsSettings, HttpSettings } from '../../http/settings.ts';
import { cipherSuites } from '../../tls/cipher-suites.ts';
import { type BackendTlsSettings, backendContext } from '../../tls/connection/backend-trust.ts';
import type { DistinguishedName } from '../../tls/subject-rules.ts';
import { StartError } from './start-error.ts';

type ConfiguredName = NonNullable<Config['verify_client_certificate_metadata'][number]['issuer_in_chain']>;

/** `null`: no TLS listener. @throws {StartError} */
export function frontTlsSettings(config: Config, ticketKeys: Uint8Array): FrontTlsSettings | null {
  if (!config.enable_ssl) return null;
  const validation = config.client_cert_validation;
  return {
    certificates: config.tls_pem.map(({ cert_chain, private_key }) => ({
      certChain: cert_chain,
      privateKey: private_key,
    })),
    ciphers: ciphersOf(config),
    minVersion: version(config.min_tls_version),
    maxVersion: version(config.max_tls_version),
    clientCertificates: validation,
    clientCa: config.client_ca_certs.trim() === '' ? [] : [config.client_ca_certs],
    trustSystemCa: !config.only_trust_client_ca_certs,
    rules: config.enable_verify_client_certificate_metadata
      ? config.verify_client_certificate_metadata.map(({ issuer_in_chain, valid_cert_subjects }) => ({
          issuerInChain: nameOf(issuer_in_chain),
          validSubjects: (valid_cert_subjects ?? []).map((subject) => nameOf(subject)),
        }))
      : [],
    domains: config.domains.map(({ name, ca_certs }) => ({ name: name.toLowerCase(), clientCa: ca_certs })),
    http2: config.enable_http2,
    ticketKeys,
  };
}

/** docs/compatibility.md §3.6: what of a client's certificate the applications of each domain are told. */
export function domainRules({ domains }: Config): DomainRules[] {
  return domains.map(({ name, forwarded_client_cert: mode, xfcc_format: format }) => ({
    name: name.toLowerCase(),
    forwardedClientCert: mode ?? 'sanitize_set',
    format: format ?? 'raw',
  }));
}

/** docs/compatibility.md §2.10. @throws {StartError} */
export function backendTlsSettings(config: Config): BackendTlsSettings {
  return {
    ca: config.ca_certs,
    certChain: config.backends.cert_chain,
    privateKey: config.backends.private_key,
    ciphers: config.enable_ssl ? ciphersOf(config) : '',
    verify: true,
  };
}

/** docs/compatibility.md §4.6. @throws {StartError} */
export function serviceTlsSettings(config: Config): BackendTlsSettings {
  const { route_services: services, enable_ssl: isSet, min_tls_version: min, max_tls_version: max } = config;
  return {
    ca: config.ca_certs,
    certChain: services.cert_chain,
    privateKey: services.private_key,
    // As in gorouter, these keys are about nothing where there is no TLS with clients.
    ciphers: isSet ? ciphersOf(config) : '',
    ...(isSet ? { minVersion: version(min), maxVersion: version(max) } : {}),
    verify: !config.skip_ssl_validation,
  };
}

/** Finds out here, and not on every thread, what OpenSSL will not take. @throws {StartError} */
export function checkTls({ frontTls, backendTls, routeServices }: HttpSettings): void {
  attempt('tls_pem', () => {
    if (frontTls !== null) new FrontTls(frontTls, { onSecure() {}, onRefused() {} });
  });
  if (backendTls.certChain !== '') attempt('backends.cert_chain', () => backendContext(backendTls));
  const services = routeServices.tls;
  if (services.certChain !== '') attempt('route_services.cert_chain', () => backendContext(services));
}

function attempt(keys: string, make: () => unknown): void {
  try {
    make();
  } catch (error) {
    throw new StartError(`${keys}: not usable for TLS: ${(error as Error).message}`);
  }
}

function ciphersOf({ cipher_suites }: Config): string {
  const suites = cipherSuites(cipher_suites);
  if (suites.ok) return suites.list;
  throw new StartError(
    `Invalid cipher string configuration: ${suites.unknown}, please choose from ${suites.known.join(', ')}`,
  );
}

function version(configured: Config['min_tls_version']): SecureVersion {
  return configured === 'TLSv1.0' ? 'TLSv1' : configured;
}

function nameOf(name: ConfiguredName | undefined): DistinguishedName {
  return {
    country: name?.country ?? [],
    organization: name?.organization ?? [],
    organizationalUnit: name?.organizational_unit ?? [],
    locality: name?.locality ?? [],
    province: name?.province ?? [],
    streetAddress: name?.street_address ?? [],
    postalCode: name?.postal_code ?? [],
    commonName: name?.common_name ?? '',
    serialNumber: name?.serial_number ?? '',
  };
}
