import type { DistinguishedName } from '../tls/subject-rules.ts';

/** A name in `verify_client_certificate_metadata`, as a file has it. */
interface FileName {
  readonly country?: readonly string[] | undefined;
  readonly organization?: readonly string[] | undefined;
  readonly organizational_unit?: readonly string[] | undefined;
  readonly locality?: readonly string[] | undefined;
  readonly province?: readonly string[] | undefined;
  readonly street_address?: readonly string[] | undefined;
  readonly postal_code?: readonly string[] | undefined;
  readonly common_name?: string | undefined;
  readonly serial_number?: string | undefined;
}

export function ruleName(name: FileName): DistinguishedName {
  return {
    country: name.country ?? [],
    organization: name.organization ?? [],
    organizationalUnit: name.organizational_unit ?? [],
    locality: name.locality ?? [],
    province: name.province ?? [],
    streetAddress: name.street_address ?? [],
    postalCode: name.postal_code ?? [],
    commonName: name.common_name ?? '',
    serialNumber: name.serial_number ?? '',
  };
}

/** For messages: `C=DE, O=Example, CN=Example CA`. */
export function writtenName(name: DistinguishedName): string {
  const parts: [string, readonly string[]][] = [
    ['C', name.country],
    ['O', name.organization],
    ['OU', name.organizationalUnit],
    ['L', name.locality],
    ['ST', name.province],
    ['STREET', name.streetAddress],
    ['POSTALCODE', name.postalCode],
    ['CN', name.commonName === '' ? [] : [name.commonName]],
    ['SERIALNUMBER', name.serialNumber === '' ? [] : [name.serialNumber]],
  ];
  return parts.flatMap(([short, values]) => values.map((value) => `${short}=${value}`)).join(', ');
}
