/** The parts of a distinguished name that rules speak of; lists in the order of the certificate. */
export interface DistinguishedName {
  readonly country: readonly string[];
  readonly organization: readonly string[];
  readonly organizationalUnit: readonly string[];
  readonly locality: readonly string[];
  readonly province: readonly string[];
  readonly streetAddress: readonly string[];
  readonly postalCode: readonly string[];
  readonly commonName: string;
  readonly serialNumber: string;
}

/** One rule of `verify_client_certificate_metadata`. */
export interface SubjectRule {
  readonly issuerInChain: DistinguishedName;
  readonly validSubjects: readonly DistinguishedName[];
}

/** A subject as `tls` and `X509Certificate.toLegacyObject` give it: a name that is there several times is a list. */
export type SubjectObject = Readonly<Record<string, string | string[] | undefined>>;

export function distinguishedName(subject: SubjectObject): DistinguishedName {
  const list = (key: string): readonly string[] => {
    const value = subject[key];
    if (value === undefined) return [];
    return typeof value === 'string' ? [value] : value;
  };
  return {
    country: list('C'),
    organization: list('O'),
    organizationalUnit: list('OU'),
    locality: list('L'),
    province: list('ST'),
    streetAddress: list('street'),
    postalCode: list('postalCode'),
    // As in Go, the last one counts.
    commonName: list('CN').at(-1) ?? '',
    serialNumber: list('serialNumber').at(-1) ?? '',
  };
}

/** All parts alike: a name in a rule is the whole name. */
export function sameName(a: DistinguishedName, b: DistinguishedName): boolean {
  return (
    a.commonName === b.commonName &&
    a.serialNumber === b.serialNumber &&
    sameList(a.country, b.country) &&
    sameList(a.organization, b.organization) &&
    sameList(a.organizationalUnit, b.organizationalUnit) &&
    sameList(a.locality, b.locality) &&
    sameList(a.province, b.province) &&
    sameList(a.streetAddress, b.streetAddress) &&
    sameList(a.postalCode, b.postalCode)
  );
}

/**
 * Whether a client may come in: each rule whose issuer is in the chain must list the client's subject
 * (docs/compatibility.md §3.14). `issuers`: subjects of the chain above the leaf.
 */
export function permits(
  rules: readonly SubjectRule[],
  leaf: DistinguishedName,
  issuers: readonly DistinguishedName[],
): boolean {
  return rules.every(
    ({ issuerInChain, validSubjects }) =>
      !issuers.some((issuer) => sameName(issuer, issuerInChain)) ||
      validSubjects.some((subject) => sameName(subject, leaf)),
  );
}

function sameList(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((value, i) => value === b[i]);
}
