/** Values of keys that gorouter reads as any text, and looks at only where they count. */

export const TLS_VERSIONS = ['TLSv1.0', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'] as const;

export const CLIENT_CERT_VALIDATIONS = ['none', 'request', 'require'] as const;

export const SYSLOG_NETWORKS = ['udp', 'udp4', 'udp6', 'tcp', 'tcp4', 'tcp6'] as const;

export function isOneOf<const Names extends readonly string[]>(
  names: Names,
  text: string,
): text is Names[number] {
  return names.includes(text);
}

/** The text where it is one of these, else what stands for it. */
export function oneOf<const Names extends readonly string[]>(
  names: Names,
  text: string,
  otherwise: Names[number],
): Names[number] {
  return isOneOf(names, text) ? text : otherwise;
}
