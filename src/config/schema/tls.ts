import { z } from 'zod';
import {
  certificates,
  choice,
  complaining,
  derived,
  flag,
  list,
  port,
  privateKey,
  REQUIRED,
  text,
  texts,
} from './field.ts';

const FORWARDED_CLIENT_CERT_MODES = ['always_forward', 'forward', 'sanitize_set'] as const;

function distinguishedName() {
  return z
    .object({
      country: derived(texts('names', 'C of the name.', []), 'any'),
      organization: derived(texts('names', 'O of the name.', []), 'any'),
      organizational_unit: derived(texts('names', 'OU of the name.', []), 'any'),
      locality: derived(texts('names', 'L of the name.', []), 'any'),
      province: derived(texts('names', 'ST of the name.', []), 'any'),
      street_address: derived(texts('names', 'STREET of the name.', []), 'any'),
      postal_code: derived(texts('names', 'Postal codes of the name.', []), 'any'),
      common_name: derived(text('CN of the name.', REQUIRED), 'any'),
      serial_number: derived(text('Serial number in the name.', REQUIRED), 'any'),
    })
    .optional();
}

/** TLS with clients, and whose certificates are trusted. */
export const tlsKeys = {
  enable_ssl: flag('Whether to open the TLS listener.', false),
  ssl_port: port('TLS listener.', 443),
  tls_pem: list(
    z.object({
      cert_chain: derived(
        certificates('A certificate for the TLS listener, with its intermediates.', REQUIRED),
        'required with TLS',
      ),
      private_key: derived(privateKey("The certificate's key.", REQUIRED), 'required with TLS'),
    }),
    'certificates',
    'With TLS, at least one. The first is for clients that name no host, or one that none is for.',
    [],
  ),
  cipher_suites: text('Cipher suites of TLS 1.2 for clients, separated by colons; required with TLS.', {
    gorouter: '',
    recommended: 'ECDHE-RSA-AES128-GCM-SHA256:TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384',
  }),
  min_tls_version: text(
    'Oldest version of TLS with clients and route services: `TLSv1.0`, `TLSv1.1`, `TLSv1.2`, `TLSv1.3`; empty: `TLSv1.2`.',
    'TLSv1.2',
  ),
  max_tls_version: text(
    'Newest version of TLS with clients and route services: `TLSv1.2`, `TLSv1.3`; empty: `TLSv1.2`.',
    'TLSv1.2',
  ),
  client_cert_validation: text(
    'Whether clients are asked for a certificate, and refused without: `none`, `request`, `require`; required with TLS.',
    { gorouter: '', recommended: 'request' },
  ),
  client_ca_certs: certificates('Who may have signed the certificates of clients.'),
  only_trust_client_ca_certs: flag(
    "Whether the system's certification authorities are left out for clients.",
    false,
  ),
  ca_certs: texts(
    'PEM texts',
    "Who, beside the system's certification authorities, may have signed the certificates of endpoints and route services.",
    [],
  ),
  skip_ssl_validation: flag('Whether to trust any certificate of route services and of the UAA.', false),
  enable_verify_client_certificate_metadata: flag(
    'Whether `verify_client_certificate_metadata` holds.',
    false,
  ),
  verify_client_certificate_metadata: list(
    z.object({
      issuer_in_chain: distinguishedName(),
      valid_cert_subjects: z.array(distinguishedName()).optional(),
    }),
    'rules',
    'Which subjects (`valid_cert_subjects`) client certificates may have that were signed by whom (`issuer_in_chain`).',
    [],
  ),
  forwarded_client_cert: complaining(
    choice(
      FORWARDED_CLIENT_CERT_MODES,
      'What becomes of X-Forwarded-Client-Cert: passed on always, passed on over mutual TLS alone, or set by the router.',
      'always_forward',
    ),
    'Invalid forwarded client cert mode',
  ),
  domains: list(
    z.object({
      name: text('A host, or `*.` and a domain, for hosts one label longer.', REQUIRED),
      ca_certs: certificates('Who must have signed the certificates of clients of this domain.', REQUIRED),
      forwarded_client_cert: derived(
        choice(FORWARDED_CLIENT_CERT_MODES, 'As `forwarded_client_cert`, for this domain.', REQUIRED),
        '`sanitize_set`',
      ),
      xfcc_format: derived(
        choice(
          ['raw', 'envoy'],
          'How the router writes X-Forwarded-Client-Cert: the certificate, or its hash and subject.',
          REQUIRED,
        ),
        '`raw`',
      ),
    }),
    'domains',
    'Domains whose clients must show certificates, in TLS that names a host of the domain.',
    [],
  ),
};
