/** What one certificate is for: its DNS names, or its common name when it has none. */
export interface CertificateNames {
  readonly dnsNames: readonly string[];
  readonly commonName: string;
}

/** Which of several certificates a client gets that asks for a name: its index, by lower-case name, `*.` included. */
export type CertificateChoice = ReadonlyMap<string, number>;

/** Of two certificates for one name the later one counts, as in Go. */
export function certificateChoice(certificates: readonly CertificateNames[]): CertificateChoice {
  const choice = new Map<string, number>();
  for (const [index, { dnsNames, commonName }] of certificates.entries()) {
    const names = dnsNames.length > 0 ? dnsNames : [commonName];
    for (const name of names) if (name !== '') choice.set(name.toLowerCase(), index);
  }
  return choice;
}

/** An exact name from any certificate comes before a wildcard of any; what no name fits gets the first certificate. */
export function chooseCertificate(choice: CertificateChoice, serverName: string): number {
  const lower = serverName.toLowerCase();
  const name = lower.endsWith('.') ? lower.slice(0, -1) : lower;
  const exact = choice.get(name);
  if (exact !== undefined) return exact;
  const dot = name.indexOf('.');
  return (dot < 0 ? undefined : choice.get(`*${name.slice(dot)}`)) ?? 0;
}
