/** What gorouter lets one choose for TLS 1.2 and before, by RFC name; OpenSSL's name of each. */
const OPENSSL_NAMES: Readonly<Record<string, string>> = {
  TLS_RSA_WITH_RC4_128_SHA: 'RC4-SHA',
  TLS_RSA_WITH_3DES_EDE_CBC_SHA: 'DES-CBC3-SHA',
  TLS_RSA_WITH_AES_128_CBC_SHA: 'AES128-SHA',
  TLS_RSA_WITH_AES_256_CBC_SHA: 'AES256-SHA',
  TLS_RSA_WITH_AES_128_CBC_SHA256: 'AES128-SHA256',
  TLS_RSA_WITH_AES_128_GCM_SHA256: 'AES128-GCM-SHA256',
  TLS_RSA_WITH_AES_256_GCM_SHA384: 'AES256-GCM-SHA384',
  TLS_ECDHE_ECDSA_WITH_RC4_128_SHA: 'ECDHE-ECDSA-RC4-SHA',
  TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA: 'ECDHE-ECDSA-AES128-SHA',
  TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA: 'ECDHE-ECDSA-AES256-SHA',
  TLS_ECDHE_RSA_WITH_RC4_128_SHA: 'ECDHE-RSA-RC4-SHA',
  TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA: 'ECDHE-RSA-DES-CBC3-SHA',
  TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA: 'ECDHE-RSA-AES128-SHA',
  TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA: 'ECDHE-RSA-AES256-SHA',
  TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256: 'ECDHE-ECDSA-AES128-SHA256',
  TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256: 'ECDHE-RSA-AES128-SHA256',
  TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256: 'ECDHE-RSA-AES128-GCM-SHA256',
  TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256: 'ECDHE-ECDSA-AES128-GCM-SHA256',
  TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384: 'ECDHE-RSA-AES256-GCM-SHA384',
  TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384: 'ECDHE-ECDSA-AES256-GCM-SHA384',
  TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305: 'ECDHE-RSA-CHACHA20-POLY1305',
  TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256: 'ECDHE-RSA-CHACHA20-POLY1305',
  TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305: 'ECDHE-ECDSA-CHACHA20-POLY1305',
  TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256: 'ECDHE-ECDSA-CHACHA20-POLY1305',
};
const KNOWN: ReadonlySet<string> = new Set(Object.values(OPENSSL_NAMES));

/** OpenSSL's names of all that can be chosen. */
export const CIPHER_SUITE_NAMES: readonly string[] = [...KNOWN];

/** Those of TLS 1.3 cannot be chosen (docs/compatibility.md §3.14), and without them Node leaves that version out. */
const OF_TLS_1_3 = 'TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256';

/** Versions before 1.2 need what OpenSSL has put below its first level of security. */
const OLD_VERSIONS: ReadonlySet<string> = new Set(['TLSv1', 'TLSv1.1']);

/** A list as it has to be for the oldest version spoken. `list`: empty for Node's own. */
export function ciphersFor(list: string, minVersion: string): string {
  return OLD_VERSIONS.has(minVersion) ? `${list || 'DEFAULT'}:@SECLEVEL=0` : list;
}

export type CipherSuites =
  | { readonly ok: true; readonly list: string }
  /** `unknown`: the first name that nobody knows; empty when the list is. */
  | { readonly ok: false; readonly unknown: string; readonly known: readonly string[] };

/** `cipher_suites`, names of either kind separated by colons, as Node takes them. */
export function cipherSuites(configured: string): CipherSuites {
  const list: string[] = [];
  for (const name of configured.split(':')) {
    const openssl = Object.hasOwn(OPENSSL_NAMES, name) ? OPENSSL_NAMES[name]! : name;
    if (!KNOWN.has(openssl)) return { ok: false, unknown: name, known: [...KNOWN] };
    if (!list.includes(openssl)) list.push(openssl);
  }
  return { ok: true, list: `${list.join(':')}:${OF_TLS_1_3}` };
}
