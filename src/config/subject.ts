import type { X509Certificate } from 'node:crypto';

/** Keys of a name in `verify_client_certificate_metadata`, and the short names of X.509, in the order of a name. */
const ATTRIBUTES = [
  ['country', 'C'],
  ['organization', 'O'],
  ['organizational_unit', 'OU'],
  ['locality', 'L'],
  ['province', 'ST'],
  ['street_address', 'street'],
  ['postal_code', 'postalCode'],
  ['common_name', 'CN'],
  ['serial_number', 'serialNumber'],
] as const;

type Name = { readonly [Key in (typeof ATTRIBUTES)[number][0]]?: readonly string[] | string | undefined };

/** One text per name, so that equal names are equal texts: `O=a, OU=b, CN=c`. */
export function writtenName(name: Name): string {
  return ATTRIBUTES.flatMap(([key, short]) => values(name[key]).map((value) => `${short}=${value}`)).join(
    ', ',
  );
}

/** The same of a certificate's subject. */
export function subjectOf(certificate: X509Certificate): string {
  const subject = certificate.toLegacyObject().subject as unknown as Record<string, string | string[]>;
  return ATTRIBUTES.flatMap(([, short]) => values(subject[short]).map((value) => `${short}=${value}`)).join(
    ', ',
  );
}

function values(value: readonly string[] | string | undefined): readonly string[] {
  if (value === undefined || value === '') return [];
  return typeof value === 'string' ? [value] : value.toSorted();
}
